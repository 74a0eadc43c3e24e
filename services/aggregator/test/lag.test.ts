import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { beforeEach, expect, test } from "vitest";

import { closerLag } from "../src/lag.ts";

const hourly = { simulated: false, cut_interval_seconds: 3_600 };
const begun = 1_700_000_000_000_000;
const hour = 3_600_000_000;

let log: MemoryLog;

beforeEach(async () => {
  log = createMemoryLog();
  await log.prepareTopics([topics.cuts, topics.catalog].map((topic) => ({ topic, partitions: 1 })));
});

async function append(topic: string, ...facts: Fact[]): Promise<void> {
  const producer = await log.producer();
  await producer.send(
    facts.map((fact) => ({ topic, partition: 0, key: null, value: encode(fact) })),
  );
}

function opened(cut: number, catalog_offset: number): Fact {
  return { kind: "CutOpened", cut, time: begun, catalog_offset, spools: [], complete: true };
}

const asked: Fact = {
  kind: "CutRequested",
  tenant: "default",
  recorded_at: begun,
  actor: "somebody",
  reason: "asked for",
};

test("the first cut is work as soon as there are settings", async () => {
  expect(await closerLag(log, undefined, begun)).toBe(false);
  expect(await closerLag(log, hourly, begun)).toBe(true);
});

test("a cut is work from when it is opened until it is placed", async () => {
  await append(topics.cuts, opened(0, 0));
  expect(await closerLag(log, hourly, begun)).toBe(true);
  await append(topics.cuts, { kind: "CutPlaced", cut: 0 });
  expect(await closerLag(log, hourly, begun)).toBe(false);
});

test("one that is due is work on the wall clock, and never where time is simulated", async () => {
  await append(topics.cuts, opened(0, 0), { kind: "CutPlaced", cut: 0 });
  expect(await closerLag(log, hourly, begun + hour - 1)).toBe(false);
  expect(await closerLag(log, hourly, begun + hour)).toBe(true);
  expect(await closerLag(log, { ...hourly, simulated: true }, begun + hour)).toBe(false);
});

test("one that somebody asked for is work until a cut has seen the request", async () => {
  await append(topics.cuts, opened(0, 0), { kind: "CutPlaced", cut: 0 });
  await append(topics.catalog, asked);
  expect(await closerLag(log, hourly, begun)).toBe(true);
  await append(topics.cuts, opened(1, 1), { kind: "CutPlaced", cut: 1 });
  expect(await closerLag(log, hourly, begun)).toBe(false);
});
