import type { Follower, MemoryLog } from "@tallybook/log";
import { decode } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

/** A follower that folds when it is asked: in the simulation nothing happens by itself. */
export function createView<State>(
  log: MemoryLog,
  topic: string,
  initial: State,
  evolve: (state: State, fact: Fact, offset: number) => State,
): Follower<State> {
  let state = initial;
  let offset = 0;
  function catchUp(): void {
    for (const record of log.recordsOf(topic, 0).slice(offset)) {
      state = evolve(state, decode(record.value), record.offset);
      offset = record.offset + 1;
    }
  }
  return {
    state() {
      catchUp();
      return state;
    },
    offset() {
      catchUp();
      return offset;
    },
    async until(holds) {
      catchUp();
      if (!holds(state, offset)) throw new Error(`waits for what nobody will write to ${topic}`);
    },
    async moved() {},
    done: Promise.resolve(),
    async close() {},
  };
}
