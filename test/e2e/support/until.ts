import { setTimeout as sleep } from "node:timers/promises";

const patienceMsUsual = 60_000;
const pauseMs = 100;

/** Looks again and again until something is there. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  patienceMs: number = patienceMsUsual,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(pauseMs);
  }
}
