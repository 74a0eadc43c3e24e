import type { Held, Store } from "./store.ts";

/** Keeps what waits in memory, so many events and bytes at most. What a process that dies had there is gone. */
export function createMemoryStore(bounds: {
  readonly eventsMax: number;
  readonly bytesMax: number;
}): Store {
  const waiting: string[] = [];
  let held = 0;
  let bytes = 0;

  return {
    put(text) {
      const size = Buffer.byteLength(text);
      const isFull = waiting.length + held >= bounds.eventsMax || bytes + size > bounds.bytesMax;
      if (isFull) return false;
      waiting.push(text);
      bytes += size;
      return true;
    },
    async take({ itemsMax, bytesMax }): Promise<Held | undefined> {
      const count = fitting(waiting, itemsMax, bytesMax);
      if (count === 0) return undefined;
      const texts = waiting.splice(0, count);
      held = count;
      return {
        texts,
        async done() {
          held = 0;
          bytes -= texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        },
      };
    },
    waiting: () => waiting.length + held,
    async kept() {},
    keepNow() {},
    async close() {},
  };
}

/** How many of the first texts are within both bounds; one at least, where there is any. */
export function fitting(texts: readonly string[], itemsMax: number, bytesMax: number): number {
  let bytes = 0;
  let count = 0;
  for (const text of texts) {
    bytes += Buffer.byteLength(text);
    if (count > 0 && (count >= itemsMax || bytes > bytesMax)) break;
    count += 1;
  }
  return count;
}
