import { LogUnavailable, type OutRecord, type Producer } from "@tallybook/log";
import { expect, test } from "vitest";
import { createGatherer } from "../src/gather.ts";

/** A producer that answers when it is told to. */
function heldProducer() {
  const sent: { records: readonly OutRecord[]; answer: (error?: Error) => void }[] = [];
  const producer: Producer = {
    send: (records) =>
      new Promise((resolve, reject) => {
        sent.push({
          records,
          answer: (error) =>
            error === undefined ? resolve(records.map((_, i) => i)) : reject(error),
        });
      }),
    close: async () => {},
  };
  return { producer, sent };
}

function gathererOf(
  openProducer: () => Promise<Producer>,
  given: Partial<Parameters<typeof createGatherer>[0]> = {},
) {
  return createGatherer({
    openProducer,
    keep: async () => "kept",
    bytesMax: 100,
    patienceMs: 1_000,
    onProduced: () => {},
    onFailure: () => {},
    onAway: () => {},
    ...given,
  });
}

function recordsOf(...sizes: number[]): OutRecord[] {
  return sizes.map((size) => ({
    topic: "usage.raw",
    partition: 0,
    key: null,
    value: Buffer.alloc(size),
  }));
}

test("requests that arrive during a produce share the next one, up to its bytes", async () => {
  const { producer, sent } = heldProducer();
  const gatherer = gathererOf(async () => producer);
  const outcomes = [gatherer.deliver(recordsOf(30))];
  await expect.poll(() => sent.length).toBe(1);
  outcomes.push(...[30, 30, 60, 200].map((size) => gatherer.deliver(recordsOf(size))));
  const sizes: number[][] = [];
  for (let i = 0; i < 4; i++) {
    await expect.poll(() => sent.length).toBe(i + 1);
    sizes.push(sent[i]?.records.map(({ value }) => value.length) ?? []);
    sent[i]?.answer();
  }
  expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 5 }, () => "acknowledged"));
  expect(sizes).toEqual([[30], [30, 30], [60], [200]]);
});

test("requests of one moment go together", async () => {
  const { producer, sent } = heldProducer();
  const gatherer = gathererOf(async () => producer);
  const outcomes = [10, 20, 30].map((size) => gatherer.deliver(recordsOf(size)));
  await expect.poll(() => sent.length).toBe(1);
  sent[0]?.answer();
  expect(await Promise.all(outcomes)).toEqual(["acknowledged", "acknowledged", "acknowledged"]);
  expect(sent.length).toBe(1);
});

test("after a failure the records go out again by a new producer", async () => {
  const first = heldProducer();
  const second = heldProducer();
  const producers = [first.producer, second.producer];
  const gatherer = gathererOf(
    async () => producers.shift() ?? Promise.reject(new Error("no third")),
  );
  const outcome = gatherer.deliver(recordsOf(1));
  await expect.poll(() => first.sent.length).toBe(1);
  first.sent[0]?.answer(new LogUnavailable("broker is gone"));
  await expect.poll(() => second.sent.length).toBe(1);
  second.sent[0]?.answer();
  expect(await outcome).toBe("acknowledged");
});

test("when a produce takes too long, it and all that wait are kept, and what comes then is kept at once", async () => {
  const { producer, sent } = heldProducer();
  const kept: number[] = [];
  const stranded: number[] = [];
  const gatherer = gathererOf(async () => producer, {
    bytesMax: 1,
    patienceMs: 50,
    keep: async (records) => (kept.push(...sizesOf(records)), "kept"),
    onAway: (records) => stranded.push(...sizesOf(records)),
  });
  const outcomes = [gatherer.deliver(recordsOf(1)), gatherer.deliver(recordsOf(2))];
  expect(await Promise.all(outcomes)).toEqual(["kept", "kept"]);
  expect(gatherer.isAway()).toBe(true);
  expect(await gatherer.deliver(recordsOf(3))).toBe("kept");
  expect([kept, stranded, sent.length]).toEqual([[1, 2, 3], [1], 1]);
  await gatherer.close();
});

test("a long queue is no reason to leave Kafka, as long as each produce is answered", async () => {
  const { producer, sent } = heldProducer();
  const gatherer = gathererOf(async () => producer, { bytesMax: 1, patienceMs: 200 });
  const outcomes = Array.from({ length: 6 }, () => gatherer.deliver(recordsOf(1)));
  for (let at = 0; at < outcomes.length; at += 1) {
    await expect.poll(() => sent.length, { interval: 5 }).toBe(at + 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    sent[at]?.answer();
  }
  expect(await Promise.all(outcomes)).toEqual(outcomes.map(() => "acknowledged"));
  await gatherer.close();
});

test("once Kafka is back it is asked first, although the old produce still hangs", async () => {
  const hanging = heldProducer();
  const answering = heldProducer();
  const producers = [hanging.producer, answering.producer];
  const gatherer = gathererOf(
    async () => producers.shift() ?? Promise.reject(new Error("no third")),
    { patienceMs: 50 },
  );
  expect(await gatherer.deliver(recordsOf(1))).toBe("kept");
  gatherer.comeBack();
  const outcome = gatherer.deliver(recordsOf(2));
  await expect.poll(() => answering.sent.length).toBe(1);
  answering.sent[0]?.answer();
  expect(await outcome).toBe("acknowledged");
  await gatherer.close();
});

test("while no producer can be opened, what comes is kept as well", async () => {
  const gatherer = gathererOf(() => Promise.reject(new LogUnavailable("nobody there")), {
    patienceMs: 250,
  });
  expect(await gatherer.deliver(recordsOf(1))).toBe("kept");
  await gatherer.close();
});

function sizesOf(records: readonly OutRecord[]): number[] {
  return records.map(({ value }) => value.length);
}
