import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog, Turning } from "@tallybook/log";
import { openSink } from "@tallybook/service-aggregator";
import { startTestEngines } from "@tallybook/testkit";
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
import { expect } from "vitest";

export const partitions = 2;
/** Most parts are empty, as in a quiet deployment. */
export const cutCount = 10;
export const filled = [0, 1, 2, 6, 9];
export const eventsPerPart = 12;
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

/** Sinks over a log in memory, whose cuts are all closed, and the real ClickHouse. */
export interface RepairStage {
  readonly log: MemoryLog;
  readonly columns: Columns;
  /** Inserts that are sent; where none is left, the sink dies instead. */
  inserts: { sent: number; left: number };
  /** What the log says of every part that is closed. */
  readonly compared: () => PartCompared[];
  readonly repairs: () => PartRepairBegun[];
  /** Turns until nobody has anything to do, in several looks. */
  readonly untilRest: () => Promise<void>;
  /** All sinks end, and others begin. */
  readonly startAgain: () => Promise<void>;
  /** All parts are as the log says, to somebody who remembers nothing. */
  readonly expectWhole: (closed?: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startRepairStage(): Promise<RepairStage> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-repair-"));
  const engines = await startTestEngines(dir, "clickhouse");
  const options = { url: engines.clickhouseUrl, database: `tallybook_repair_${Date.now()}` };
  await migrate(options);
  const columns = connectColumns(options);
  const log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.usageAccepted, partitions },
    { topic: topics.cuts, partitions: 1 },
  ]);
  let sinks: Turning[] = [];
  let time = 0;
  let helpless: string[] = [];

  function cuts(): Cuts {
    const evolve = createCutsFold();
    return log
      .recordsOf(topics.cuts, 0)
      .reduce((state, { value }) => evolve(state, decode(value) as CutFact), noCuts);
  }

  async function openSinks(): Promise<void> {
    sinks = await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        openSink({
          log,
          columns: {
            ...columns,
            async insertMeasured(range, rows) {
              if (stage.inserts.left === 0) throw new Error("killed");
              const { sent, left } = stage.inserts;
              stage.inserts = { sent: sent + 1, left: left - 1 };
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
          requestedAt: async () => 1,
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

  const stage: RepairStage = {
    log,
    columns,
    inserts: { sent: 0, left: Infinity },
    compared: () => cuts().parts.flatMap((ofCut) => [...ofCut.values()]),
    repairs: () =>
      log
        .recordsOf(topics.cuts, 0)
        .map(({ value }) => decode(value))
        .filter((fact) => fact.kind === "PartRepairBegun"),
    async untilRest() {
      for (let idle = 0, turns = 0; idle < 3; turns += 1) {
        if (turns > 20_000) throw new Error("never comes to rest");
        time += 1;
        const outcomes: string[] = [];
        for (const sink of sinks) outcomes.push(await sink.turn());
        idle = outcomes.includes("worked") ? 0 : idle + 1;
      }
    },
    async startAgain() {
      for (const sink of sinks) await sink.close();
      await openSinks();
    },
    async expectWhole(closed = cutCount) {
      const compared = stage.compared();
      expect(compared).toHaveLength(closed * partitions);
      const stranger = connectColumns(options);
      try {
        expect(await stranger.proveParts(compared)).toEqual({ ok: true });
        const { places } = await stranger.readMarks();
        for (const place of places)
          for (const [cut, counts] of await stranger.readCounts(place))
            expect(
              [...filled, cutCount],
              `rows of cut ${cut}: ${JSON.stringify(counts)}`,
            ).toContain(cut);
      } finally {
        await stranger.close();
      }
      expect([...cuts().repairs.values()].filter(({ isDone }) => !isDone)).toEqual([]);
      expect(helpless).toEqual([]);
    },
    async close() {
      for (const sink of sinks) await sink.close();
      await columns.close();
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await fill(log);
  await openSinks();
  await stage.untilRest();
  return stage;
}

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
export function usageOf(cut: number, from: number): AcceptedFact[] {
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
      backfill: null,
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

export function barrierOf(cut: number, raw_offset: number): AcceptedFact {
  return {
    kind: "BarrierPassed",
    raw_offset,
    cut,
    time: begin + cut * hour,
    catalog_offset: 1,
  };
}

export function recordsOf(partition: number, facts: readonly AcceptedFact[]) {
  return facts.map((fact) => ({
    topic: topics.usageAccepted,
    partition,
    key: null,
    value: encode(fact),
  }));
}
