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
  bounds = { bytesMax: 100, waitMsMax: 1_000 },
) {
  return createGatherer({ openProducer, ...bounds, onProduced: () => {}, onFailure: () => {} });
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
  const outcomes = [30, 30, 30, 60, 200].map((size) => gatherer.deliver(recordsOf(size)));
  const sizes: number[][] = [];
  for (let i = 0; i < 4; i++) {
    await expect.poll(() => sent.length).toBe(i + 1);
    sizes.push(sent[i]?.records.map(({ value }) => value.length) ?? []);
    sent[i]?.answer();
  }
  expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 5 }, () => "acknowledged"));
  expect(sizes).toEqual([[30], [30, 30], [60], [200]]);
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

test("who waits longer than the bound is told so, and what was not sent yet never is", async () => {
  const { producer, sent } = heldProducer();
  const gatherer = gathererOf(async () => producer, { bytesMax: 1, waitMsMax: 50 });
  const outcomes = [gatherer.deliver(recordsOf(1)), gatherer.deliver(recordsOf(2))];
  expect(await Promise.all(outcomes)).toEqual(["unavailable", "unavailable"]);
  sent[0]?.answer();
  await gatherer.close();
  expect(sent.length).toBe(1);
});

test("while no producer can be opened, requests wait no longer than the bound", async () => {
  const gatherer = gathererOf(() => Promise.reject(new LogUnavailable("nobody there")), {
    bytesMax: 100,
    waitMsMax: 250,
  });
  expect(await gatherer.deliver(recordsOf(1))).toBe("unavailable");
  await gatherer.close();
});
