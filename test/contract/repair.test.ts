import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog, Turning } from "@tallybook/log";
import { openSink } from "@tallybook/service-aggregator";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { usualMeter } from "@tallybook/testkit/facts";
import { createCutsFold, noCuts } from "@tallybook/usage";
import type {
  AcceptedFact,
  CutFact,
  Cuts,
  Meter,
  PartCompared,
  PartRepairBegun,
} from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const partitions = 2;
/** Most parts are empty, as in a quiet deployment. */
const cutCount = 10;
const filled = [0, 1, 2, 6, 9];
const eventsPerPart = 12;
const hour = 3_600_000_000;
const begin = 1_700_000_000_000_000;

const meters = new Map([
  [
    "t",
    new Map<string, readonly Meter[]>([
      ["tokens", [meterOf("tokens", "sum")]],
      ["peak", [meterOf("peak", "max")]],
    ]),
  ],
]);

function meterOf(meter: string, aggregation: Meter["aggregation"]): Meter {
  return {
    ...usualMeter,
    tenant: "t",
    meter,
    version: 1,
    event_type: "llm",
    aggregation,
    value_property: "n",
  };
}

const synced = "SETTINGS mutations_sync = 2";
const rollup =
  "customer, subscription, meter, meter_version, slot, dimensions, quantity, count, merging";

/** What somebody with a client can do. */
const doings: readonly (readonly [string, ...string[]])[] = [
  ["an event changes", `ALTER TABLE usage_events UPDATE id = 'x' WHERE raw_offset = 3 ${synced}`],
  [
    "an event's door changes",
    `ALTER TABLE usage_events UPDATE door = 'x' WHERE raw_offset = 3 ${synced}`,
  ],
  ["a measurement changes", `ALTER TABLE measurements UPDATE quantity = 7 WHERE cut = 1 ${synced}`],
  [
    "a rollup changes",
    `ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE cut = 2 ${synced}`,
  ],
  ["live totals change", `ALTER TABLE usage_live UPDATE quantity = 1 WHERE cut = 0 ${synced}`],
  [
    "live extremes change",
    `ALTER TABLE usage_live_readings UPDATE highest = highest + 1 WHERE cut = 0 ${synced}`,
  ],
  ["a mutation runs while nobody waits", "ALTER TABLE rollups UPDATE count = 1 WHERE cut = 6"],
  ["events are deleted", "DELETE FROM usage_events WHERE cut IN (1, 6)"],
  ["rows are deleted the old way", `ALTER TABLE rollups DELETE WHERE cut = 9 ${synced}`],
  ["events are there twice", "INSERT INTO usage_events SELECT * FROM usage_events WHERE cut = 2"],
  ["measurements are there twice", "INSERT INTO measurements SELECT * FROM measurements LIMIT 3"],
  ["live totals are there twice", "INSERT INTO usage_live SELECT * FROM usage_live LIMIT 2"],
  [
    "a row is put in the place of another",
    "DELETE FROM rollups WHERE cut = 1",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 1, log_partition, tenant, ${rollup} FROM rollups WHERE cut = 2`,
  ],
  [
    "rows of a stranger come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT cut, log_partition, 'stranger', ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a cut that was empty come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 5, log_partition, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a cut that is not there yet come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 9999, log_partition, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a partition that the log does not have come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT cut, 65535, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  ["a partition is dropped", "ALTER TABLE usage_events DROP PARTITION (0, 1)"],
  ["a partition of every table is dropped", ...tablesOf("ALTER TABLE _ DROP PARTITION (0, 0)")],
  ["a table is emptied", "TRUNCATE TABLE measurements"],
  ["a table is dropped", "DROP TABLE rollups SYNC"],
  ["a view is dropped", "DROP TABLE usage_live_feed SYNC", "TRUNCATE TABLE usage_live"],
  ["everything is emptied", ...tablesOf("TRUNCATE TABLE _")],
];

const isUnseen = /nobody waits|not there yet/;

function tablesOf(statement: string): string[] {
  return ["usage_events", "measurements", "rollups", "usage_live", "usage_live_readings"].map(
    (table) => statement.replace("_", table),
  );
}

describe("the columns mend themselves, on ClickHouse", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-repair-"));
  let engines: TestEngines;
  let options: { url: string; database: string };
  let columns: Columns;
  let log: MemoryLog;
  let sinks: Turning[];
  let time = 0;
  let helpless: string[] = [];
  /** Inserts that are sent; where none is left, the sink dies instead. */
  let inserts = { sent: 0, left: Infinity };

  function cuts(): Cuts {
    const evolve = createCutsFold();
    return log
      .recordsOf(topics.cuts, 0)
      .reduce((state, { value }) => evolve(state, decode(value) as CutFact), noCuts);
  }

  function repairs(): PartRepairBegun[] {
    return log
      .recordsOf(topics.cuts, 0)
      .map(({ value }) => decode(value))
      .filter((fact) => fact.kind === "PartRepairBegun");
  }

  async function openSinks(): Promise<void> {
    sinks = await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        openSink({
          log,
          columns: {
            ...columns,
            async insertMeasured(range, rows) {
              if (inserts.left === 0) throw new Error("killed");
              inserts = { sent: inserts.sent + 1, left: inserts.left - 1 };
              await columns.insertMeasured(range, rows);
            },
          },
          partition,
          partitions,
          generation: 1,
          rowsMax: 5,
          cuts: async () => cuts(),
          metersBelow: async () => meters,
          meterOf: async () => meterOf("tokens", "sum"),
          fills: () => [],
          reached: () => {},
          raise: () => {},
          told: {
            begun: () => {},
            ended: () => {},
            filling: () => {},
            filled: () => {},
            givenUp: (differences) => (helpless = [...helpless, ...differences]),
          },
          restore: () => migrate(options),
          now: () => time,
          lookMs: 1,
          scrubMs: 1,
        }),
      ),
    );
  }

  /** Turns until nobody has anything to do, in several looks. */
  async function untilRest(): Promise<void> {
    for (let idle = 0, turns = 0; idle < 3; turns += 1) {
      if (turns > 20_000) throw new Error("never comes to rest");
      time += 1;
      const outcomes: string[] = [];
      for (const sink of sinks) outcomes.push(await sink.turn());
      idle = outcomes.includes("worked") ? 0 : idle + 1;
    }
  }

  async function startAgain(): Promise<void> {
    for (const sink of sinks) await sink.close();
    await openSinks();
  }

  async function expectWhole(closed = cutCount): Promise<void> {
    const { parts, repairs: begun } = cuts();
    const compared = parts.flatMap((ofCut) => [...ofCut.values()]);
    expect(compared).toHaveLength(closed * partitions);
    // By somebody who remembers nothing.
    const stranger = connectColumns(options);
    try {
      expect(await stranger.proveParts(compared)).toEqual({ ok: true });
      const { places } = await stranger.readMarks();
      for (const place of places)
        for (const [cut, counts] of await stranger.readCounts(place))
          expect([...filled, cutCount], `rows of cut ${cut}: ${JSON.stringify(counts)}`).toContain(
            cut,
          );
    } finally {
      await stranger.close();
    }
    expect([...begun.values()].filter(({ isDone }) => !isDone)).toEqual([]);
    expect(helpless).toEqual([]);
  }

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    options = { url: engines.clickhouseUrl, database: `tallybook_repair_${Date.now()}` };
    await migrate(options);
    columns = connectColumns(options);
    log = createMemoryLog();
    await log.prepareTopics([
      { topic: topics.usageAccepted, partitions },
      { topic: topics.cuts, partitions: 1 },
    ]);
    await fill(log);
    await openSinks();
    await untilRest();
  }, 180_000);

  afterAll(async () => {
    for (const sink of sinks ?? []) await sink.close();
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("nothing is mended where nothing was done", async () => {
    expect(repairs()).toEqual([]);
    await columns.client.command({ query: "OPTIMIZE TABLE measurements FINAL" });
    await untilRest();
    expect(repairs()).toEqual([]);
    await expectWhole();
  });

  for (const [what, ...statements] of doings) {
    test(`it is mended when ${what}, with a record of it`, { timeout: 60_000 }, async () => {
      const before = repairs().length;
      const compared = cuts().parts.flatMap((ofCut) => [...ofCut.values()]);
      expect(await columns.proveParts(compared)).toEqual({ ok: true });
      for (const statement of statements) await columns.client.command({ query: statement });
      // Who has proven it before sees it too, if it concerns what is closed and is done already.
      if (!isUnseen.test(what))
        expect(await proofOf(compared), "the proof after it").toMatchObject({ ok: false });
      await untilRest();
      expect(repairs().length).toBeGreaterThan(before);
      for (const { differences } of repairs().slice(before))
        expect(differences.length).toBeGreaterThan(0);
      await expectWhole();
    });
  }

  test("a repair that a crash interrupts goes on under its number, and deletes nothing", async () => {
    const before = repairs().length;
    for (const statement of tablesOf("TRUNCATE TABLE _"))
      await columns.client.command({ query: statement });
    const deletes = await mutations();
    inserts = { sent: 0, left: 4 };
    await expect(untilRest()).rejects.toThrow("killed");
    inserts = { sent: 0, left: Infinity };
    await startAgain();
    await untilRest();
    const begun = repairs()
      .slice(before)
      .map(({ cut, partition }) => `${cut}/${partition}`);
    expect(begun).toHaveLength(filled.length * partitions);
    expect(new Set(begun).size).toBe(begun.length);
    expect(await mutations()).toBe(deletes);
    await expectWhole();
  });

  test("of an open cut only the last insert is sent again, and what is gone of it is found", async () => {
    const producer = await log.producer();
    const raw = cutCount + filled.length * eventsPerPart;
    for (let partition = 0; partition < partitions; partition += 1)
      await producer.send(recordsOf(partition, usageOf(cutCount, raw)));
    inserts = { sent: 0, left: Infinity };
    await untilRest();
    expect(inserts.sent).toBe((eventsPerPart / 4) * partitions);

    inserts = { sent: 0, left: Infinity };
    await startAgain();
    await untilRest();
    expect(inserts.sent).toBe(partitions);

    const gone = "log_partition = 1 AND cut = 10 AND id = '10-1'";
    await columns.client.command({ query: `DELETE FROM usage_events WHERE ${gone}` });
    await startAgain();
    for (let partition = 0; partition < partitions; partition += 1)
      await producer.send(recordsOf(partition, [barrierOf(cutCount, raw + eventsPerPart)]));
    const before = repairs().length;
    await untilRest();
    expect(repairs().slice(before)).toMatchObject([{ cut: cutCount, partition: 1 }]);
    await expectWhole(cutCount + 1);
  });

  /** A table that is gone cannot be read: that is no proof either. */
  async function proofOf(compared: PartCompared[]): Promise<{ readonly ok: boolean }> {
    return columns.proveParts(compared).catch(() => ({ ok: false }));
  }

  async function mutations(): Promise<number> {
    const answer = await columns.client.query({
      query: "SELECT count() AS count FROM system.mutations WHERE database = currentDatabase()",
      format: "JSONEachRow",
    });
    const [row] = await answer.json<{ count: string }>();
    return Number(row?.count);
  }
});

/** A closed log: events in a few cuts, and the barriers of all. */
async function fill(log: MemoryLog): Promise<void> {
  const producer = await log.producer();
  for (let partition = 0; partition < partitions; partition += 1) {
    const facts: AcceptedFact[] = [];
    let raw_offset = 0;
    for (let cut = 0; cut < cutCount; cut += 1) {
      const usage = filled.includes(cut) ? usageOf(cut, raw_offset) : [];
      raw_offset += usage.length === 0 ? 0 : eventsPerPart;
      facts.push(...usage, barrierOf(cut, raw_offset));
      raw_offset += 1;
    }
    await producer.send(recordsOf(partition, facts));
  }
}

/** The events of a cut and partition, in inserts of four. */
function usageOf(cut: number, from: number): AcceptedFact[] {
  const time = begin + cut * hour;
  return Array.from({ length: eventsPerPart }, (_, at): AcceptedFact[] => {
    const raw_offset = from + at;
    const event: AcceptedFact = {
      kind: "UsageAccepted",
      raw_offset,
      cut,
      tenant: "t",
      source: "",
      id: `${cut}-${at}`,
      type: "llm",
      customer: `c-${at % 3}`,
      subscription: null,
      time,
      properties: { n: String(at) },
      content_hash: Buffer.alloc(32, at),
      received_at: time,
      door: null,
      api_key: null,
      target: null,
      personal: {},
      corrected: null,
    };
    const progress: AcceptedFact = {
      kind: "DeduperProgressed",
      raw_offset,
      cut,
      ends_insert: true,
    };
    return at % 4 === 3 ? [event, progress] : [event];
  }).flat();
}

function barrierOf(cut: number, raw_offset: number): AcceptedFact {
  return {
    kind: "BarrierPassed",
    raw_offset,
    cut,
    time: begin + cut * hour,
    catalog_offset: 1,
  };
}

function recordsOf(partition: number, facts: readonly AcceptedFact[]) {
  return facts.map((fact) => ({
    topic: topics.usageAccepted,
    partition,
    key: null,
    value: encode(fact),
  }));
}
