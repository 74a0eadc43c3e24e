import { LogUnavailable } from "@tallybook/log";
import { expect, test } from "vitest";
import { createIntake } from "../src/usage/intake.ts";
import type { IntakeOptions } from "../src/usage/intake.ts";
import { shared } from "../src/usage/shared.ts";

const going = new AbortController().signal;
const askedAt = 1_700_000_000_000_000;

/** Two partitions that end at 10 and 20, and are wholly in ClickHouse unless said otherwise. */
function intake(given: Partial<IntakeOptions> = {}) {
  return createIntake({
    askSpools: async () => ({ spools: [{ ingest: "ingest-0", pending: 0 }], complete: true }),
    readEnds: async () =>
      new Map([
        [0, 10],
        [1, 20],
      ]),
    readPositions: async () =>
      new Map([
        [0, 9],
        [1, 19],
      ]),
    appendedAt: async () => askedAt / 1_000 - 5,
    now: () => askedAt,
    lookMs: 1,
    ...given,
  });
}

test("nothing is waited for where all is there", async () => {
  expect(await intake().untilTaken(60_000, going)).toEqual({
    complete: true,
    completeTo: askedAt,
    waitingFor: [],
  });
});

test("a partition that is behind is waited for, and only up to where it ended when it was asked", async () => {
  let position = 15;
  const taken = await intake({
    readPositions: async () =>
      new Map([
        [0, 500],
        [1, (position += 1)],
      ]),
  }).untilTaken(60_000, going);
  expect([taken.complete, position]).toEqual([true, 19]);
});

test("what does not come in time is told, with when it was acknowledged", async () => {
  const taken = await intake({ readPositions: async () => new Map([[1, 17]]) }).untilTaken(
    5,
    going,
  );
  expect(taken).toEqual({
    complete: false,
    completeTo: askedAt - 5_000,
    waitingFor: [
      "partition 0: its aggregator does not say how far it is",
      "partition 1: ClickHouse has usage.raw up to offset 17",
    ],
  });
});

test("marks of transactions at the end of a partition are nothing to wait for", async () => {
  const taken = await intake({
    readPositions: async () =>
      new Map([
        [0, 9],
        [1, 17],
      ]),
    appendedAt: async () => null,
  }).untilTaken(60_000, going);
  expect(taken.complete).toBe(true);
});

test("a spool is asked before the ends: what it held is among them", async () => {
  const asked: string[] = [];
  let pending = 2;
  const taken = await intake({
    async askSpools() {
      asked.push(`spool ${pending}`);
      const spools = [{ ingest: "ingest-0", pending }];
      pending -= 1;
      return { spools, complete: false };
    },
    async readEnds() {
      asked.push("ends");
      return new Map();
    },
  }).untilTaken(60_000, going);
  expect([taken.complete, asked]).toEqual([true, ["spool 2", "spool 1", "spool 0", "ends"]]);
});

test.each([
  [7, "ingest-0 keeps 7 acknowledged records in its spool"],
  [-1, "ingest-0 does not say whether its spool is empty"],
])(
  "a spool that says %i is told, and how far it is complete nobody knows",
  async (pending, words) => {
    const spools = [{ ingest: "ingest-0", pending }];
    const asking = intake({ askSpools: async () => ({ spools, complete: false }) });
    expect(await asking.untilTaken(0, going)).toEqual({
      complete: false,
      completeTo: null,
      waitingFor: [words],
    });
  },
);

test("while Kafka is away nobody knows", async () => {
  const asking = intake({ readEnds: () => Promise.reject(new LogUnavailable("away")) });
  expect(await asking.untilTaken(0, going)).toMatchObject({ complete: false, completeTo: null });
});

test("who leaves is not waited with", async () => {
  const asking = intake({ readPositions: async () => new Map() });
  const taken = await asking.untilTaken(60_000, AbortSignal.abort());
  expect(taken.complete).toBe(false);
});

test("many who ask at once are answered by two askings: what is under way began before the others asked", async () => {
  let askings = 0;
  const ask = shared(async () => {
    askings += 1;
    return askings;
  });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
  expect(answers).toEqual([1, ...Array.from({ length: 49 }, () => 2)]);
  expect(await ask()).toBe(3);
});

test("an asking that fails fails those who asked for it, and no other", async () => {
  let askings = 0;
  const ask = shared(async () => {
    askings += 1;
    if (askings === 1) throw new Error("away");
    return askings;
  });
  const [first, second] = await Promise.allSettled([ask(), ask()]);
  expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
});
