import { backfillDifference, readBackfillFile, readRefused } from "@tallybook/audit";
import { createMemoryLog } from "@tallybook/log";
import { at, settings } from "@tallybook/testkit/facts";
import { contentHash } from "@tallybook/usage";
import type { UsageRejected, UsageReported } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { expect, test } from "vitest";

const tenant = "default";
const june = { tenant, sources: [], from: at("2023-06-01"), to: at("2023-07-01") };

const said = (id: string, time: string, n: number) => ({
  id,
  type: "llm",
  customer: "acme",
  time,
  properties: { n },
});

function fileOf(...lines: readonly (object | string)[]): Uint8Array {
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  return Buffer.from(texts.join("\r\n"));
}

/** Of one partition, by one topic each. */
async function logOf(facts: Readonly<Record<string, readonly Fact[]>>) {
  const log = createMemoryLog();
  await log.prepareTopics(Object.values(topics).map((topic) => ({ topic, partitions: 1 })));
  const producer = await log.producer();
  for (const [topic, own] of Object.entries(facts))
    for (const fact of own)
      await producer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  return log;
}

const made: Fact = {
  kind: "DeploymentMade",
  generation: 1,
  partitions: 1,
  public_key: Buffer.alloc(0),
  made_at: 0,
};

const barrier = (cut: number, raw_offset: number, time: string): Fact => ({
  kind: "BarrierPassed",
  raw_offset,
  cut,
  time: at(time),
  catalog_offset: 1,
});

function eventOf(event: object): UsageReported {
  const [read] = readBackfillFile(fileOf(event), tenant).events;
  if (read === undefined) throw new Error("no event");
  return read.event;
}

const accepted = (raw_offset: number, cut: number, event: object): Fact => {
  const reported = eventOf(event);
  return {
    ...reported,
    kind: "UsageAccepted",
    raw_offset,
    cut,
    time: reported.time ?? 0,
    received_at: 0,
    content_hash: contentHash(reported),
    corrected: null,
  };
};

test("each event of a file is held against what was accepted of the range, and what the window still holds", async () => {
  const log = await logOf({
    [topics.catalog]: [{ ...settings(), window_seconds: 35 * 86_400 } as Fact],
    [topics.cuts]: [made],
    [topics.usageAccepted]: [
      barrier(0, 0, "2023-06-15T00:00:00Z"),
      accepted(1, 1, said("a", "2023-06-10T00:00:00Z", 1)),
      accepted(2, 1, said("b", "2023-06-10T00:00:00Z", 1)),
      accepted(3, 1, said("c", "2023-05-20T00:00:00Z", 1)),
      barrier(1, 4, "2023-11-20T00:00:00Z"),
      accepted(5, 2, said("d", "2023-11-19T00:00:00Z", 1)),
    ],
  });
  const { events, unfit } = readBackfillFile(
    fileOf(
      said("a", "2023-06-10T00:00:00Z", 1),
      said("b", "2023-06-10T00:00:00Z", 2),
      // Accepted out of the range, and expired.
      said("c", "2023-06-10T00:00:00Z", 1),
      // Out of the range too, and still held.
      said("d", "2023-06-10T00:00:00Z", 1),
      "",
      said("e", "2023-06-10T00:00:00Z", 1),
      said("e", "2023-06-10T00:00:00Z", 1),
      said("f", "2023-07-01T00:00:00Z", 1),
      "{",
      { ...said("g", "", 1), time: null },
      { id: "h", retracts: "a", reason: "no" },
    ),
    tenant,
  );
  expect(unfit.map(({ line }) => line)).toEqual([9, 10, 11]);
  const answers = await backfillDifference(log, june, events);
  expect(
    answers.map(({ line, id, outcome, detail }) => `${line} ${id} ${outcome} ${detail}`),
  ).toEqual([
    "1 a duplicate offset 1 of partition 0, cut 1",
    "2 b conflict offset 2 of partition 0, cut 1",
    "3 c new ",
    "4 d conflict offset 5 of partition 0, cut 2",
    "6 e new ",
    "7 e duplicate line 6",
    "8 f outside ",
  ]);
});

test("what was refused as too late comes out as it can be sent: of a door as it was, of a spool with the time at which it came", async () => {
  const usual = {
    kind: "UsageRejected",
    cut: 1,
    verdict: "refused",
    reason: "too_old",
    field: "time",
    detail: "",
    original_offset: null,
    tenant,
    source: null,
    id: null,
    type: null,
    customer: null,
    target: null,
  } as const;
  const received_at = at("2023-06-20T12:00:00Z");
  const spooled = { ...eventOf(said("s", "2023-06-01T00:00:00Z", 7)), time: null, received_at };
  const rejected = (raw_offset: number, bytes: Uint8Array, more = {}): UsageRejected => ({
    ...usual,
    raw_offset,
    bytes,
    ...more,
  });
  const atDoor = fileOf(said("d", "2023-06-02T00:00:00Z", 3));
  const log = await logOf({
    [topics.cuts]: [made],
    [topics.usageRejected]: [
      rejected(1, atDoor),
      // Written twice, as a reader without transactions may see it.
      rejected(1, atDoor),
      rejected(2, encode(spooled)),
      rejected(3, encode(spooled).subarray(0, 40)),
      rejected(4, fileOf(said("o", "2023-05-02T00:00:00Z", 3))),
      rejected(5, atDoor, { reason: "conflict" }),
      rejected(6, atDoor, { tenant: "other" }),
      rejected(7, encode({ ...eventOf(said("l", "2023-06-03T00:00:00Z", 4)), backfill: "gone" }), {
        reason: "backfill_not_open",
      }),
    ],
  });
  const { events, unfit } = await readRefused(log, june);
  expect(events.map(({ text }) => JSON.parse(text) as object)).toEqual([
    said("d", "2023-06-02T00:00:00Z", 3),
    {
      ...said("s", "2023-06-20T12:00:00Z", 0),
      source: "",
      subscription: null,
      properties: { n: "7" },
    },
    {
      ...said("l", "2023-06-03T00:00:00Z", 0),
      source: "",
      subscription: null,
      properties: { n: "4" },
    },
  ]);
  expect(unfit.map(({ detail }) => detail.split(":")[0])).toEqual(["offset 3"]);
  // Sent so, it says what it said.
  const [, sent] = events;
  expect(contentHash(eventOf(JSON.parse(sent?.text ?? "") as object))).toEqual(
    contentHash({ ...spooled, time: received_at }),
  );
});
