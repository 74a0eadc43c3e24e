import { createMemoryLog } from "@tallybook/log";
import { MICROS_PER_DAY } from "@tallybook/periods";
import { at } from "@tallybook/testkit/facts";
import { identityKey } from "@tallybook/usage";
import type { Backfill, UsageReported } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import type { Books } from "../src/books.ts";
import { createNamedDecider } from "../src/named.ts";

const begin = at("2023-06-01");
const later = begin + 100 * MICROS_PER_DAY;

const june: Backfill = {
  tenant: "acme",
  backfill: "june",
  sources: [],
  from: begin,
  to: begin + 30 * MICROS_PER_DAY,
  closes_at: later + MICROS_PER_DAY,
  catalog_offset: 1,
};

const settings: Books["settings"] = [
  {
    offset: 0,
    settings: {
      window_seconds: 10 * 86_400,
      ahead_seconds: 60,
      cut_interval_seconds: 60,
      simulated: true,
      backfills: [june],
    },
  },
];

/** Barriers at the offsets 0 and 2, the second long after the first. */
const cuts = {
  deployment: { partitions: 1 },
  opened: [begin, later].map((time) => ({ time, catalog_offset: 2 })),
  parts: [0, 2].map((raw_end_offset) => new Map([[0, { raw_end_offset }]])),
};

function eventOf(n: string, backfill: string | null): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "acme",
    source: "",
    id: "a",
    type: "llm",
    customer: "c",
    subscription: null,
    time: begin,
    properties: { n },
    received_at: null,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    correction: null,
    backfill,
  };
}

test("of events that ClickHouse names, a repeat by a backfill is one, however long ago the first has expired", async () => {
  const log = createMemoryLog();
  await log.prepareTopics([{ topic: topics.usageRaw, partitions: 1 }]);
  const producer = await log.producer();
  const key = identityKey("acme", "", "a");
  const rubbish = Buffer.from("where a barrier stands");
  const values = [
    rubbish,
    encode(eventOf("1", null)),
    rubbish,
    encode(eventOf("1", "june")),
    encode(eventOf("2", "june")),
  ];
  for (const value of values)
    await producer.send([{ topic: topics.usageRaw, partition: 0, key, value }]);
  const named = [1, 3, 4].map((raw_offset) => ({
    cut: 1,
    partition: 0,
    raw_offset,
    refersTo: [],
    events: [],
    measurements: [],
  }));
  const decider = createNamedDecider(log, { cuts, settings } as unknown as Books);
  const decided = await decider.decide(named, null);
  expect(decided.map(({ offset, kind, original }) => [offset, kind, original])).toEqual([
    [1, "accepted", null],
    [3, "duplicate", 1],
    [4, "conflict", 1],
  ]);
});
