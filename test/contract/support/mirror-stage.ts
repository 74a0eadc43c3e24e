import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import {
  analyticsOf,
  ColumnsUnavailable,
  connectColumns,
  migrate,
  mirroredTopics,
  mirrorTables,
  rowsOf,
} from "@tallybook/columns";
import type { Columns, MirroredTopic } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { MirrorLost, openMirror } from "@tallybook/service-aggregator";
import type { MirrorWorker, MirrorWorkerOptions } from "@tallybook/service-aggregator";
import { startTestEngines } from "@tallybook/testkit";
import { decode, encode, schemas, topicSpecs } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { expect } from "vitest";

/** The process died at a fail point. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export type Point = Parameters<MirrorWorkerOptions["reached"]>[0];

export const partitions = 2;

/** The mirror over a log in memory, and the real ClickHouse. */
export interface MirrorStage {
  readonly log: MemoryLog;
  readonly columns: Columns;
  readonly analytics: string;
  worker: MirrorWorker;
  /** Called at every fail point. */
  reached: (point: Point) => void;
  /** Called when ClickHouse has done what was asked, before the answer is there. */
  afterwards: (what: "insert" | "remove" | "note") => Promise<void>;
  /** What was told of rows that differ. */
  readonly told: string[];
  readonly open: () => Promise<MirrorWorker>;
  /** Turns until there is nothing to do; who dies is opened again. Returns how often that was. */
  readonly untilRest: () => Promise<number>;
  /** More records of every mirrored topic: `count` each, over all its partitions. */
  readonly append: (count: number) => Promise<void>;
  /** Every record is a row of its topic's table, once, as somebody reads it who asks ClickHouse alone. */
  readonly expectWhole: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A fact of every kind, and of every older form, as it was frozen. */
function frozenFacts(topic: MirroredTopic): Fact[] {
  const file = new URL("../../vectors/facts.json", import.meta.url);
  const vectors = JSON.parse(readFileSync(file, "utf8")) as { readonly frame: string }[];
  return vectors
    .map(({ frame }) => Buffer.from(frame, "hex"))
    .filter((frame) => schemas.get(frame.readUInt32BE(1))?.topic === topic)
    .map((frame) => inBounds(decode(frame)));
}

/** Frozen facts have numbers that no deployment has. */
function inBounds(fact: Fact): Fact {
  const numbers = Object.entries(fact).flatMap(([name, value]) =>
    typeof value === "number" && smallNumbers.has(name) ? [[name, value % 1_000] as const] : [],
  );
  return { ...fact, ...Object.fromEntries(numbers) };
}

const smallNumbers = new Set(["cut", "last_cut", "partition", "partitions", "repair", "version"]);

export async function startMirrorStage(): Promise<MirrorStage> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-mirror-"));
  const engines = await startTestEngines(dir, "clickhouse");
  const options = { url: engines.clickhouseUrl, database: `tallybook_mirror_${Date.now()}` };
  await migrate(options);
  const columns = connectColumns(options);
  const log = createMemoryLog();
  await log.prepareTopics(topicSpecs(partitions));
  let time = 0;
  let written = 0;

  const stage: MirrorStage = {
    log,
    columns,
    analytics: analyticsOf(options),
    worker: undefined as unknown as MirrorWorker,
    reached: () => {},
    afterwards: async () => {},
    told: [],
    open: () =>
      openMirror({
        log,
        mirror: {
          ...columns.mirror,
          async insert(...given) {
            await columns.mirror.insert(...given);
            await stage.afterwards("insert");
          },
          async remove(...given) {
            await columns.mirror.remove(...given);
            await stage.afterwards("remove");
          },
          async note(...given) {
            await columns.mirror.note(...given);
            await stage.afterwards("note");
          },
        },
        generation: 1,
        owned: [0, 1],
        reached: (point) => stage.reached(point),
        told: (what, range) => stage.told.push(`${what} ${range.topic}`),
        namesFailed: ({ message }) => stage.told.push(message),
        restore: () => migrate(options),
        now: () => time,
        pollMs: 0,
        lookMs: 5,
        scrubMs: 25,
        namesMs: 3,
      }),
    async untilRest() {
      let deaths = 0;
      for (let idle = 0, turns = 0; idle < 200; turns += 1) {
        if (turns > 20_000) throw new Error("never comes to rest");
        time += 1;
        try {
          idle = (await stage.worker.turn()) === "worked" ? 0 : idle + 1;
        } catch (error) {
          const isExpected = [Crash, ColumnsUnavailable, MirrorLost].some(
            (kind) => error instanceof kind,
          );
          if (!isExpected) throw error;
          deaths += 1;
          idle = 0;
          stage.worker = await opened();
        }
      }
      return deaths;
    },
    async append(count) {
      const producer = await log.producer();
      for (const topic of mirroredTopics) {
        const facts = frozenFacts(topic);
        const records = Array.from({ length: count }, (_, at) => {
          const fact = facts[at % facts.length] as Fact;
          written += 1;
          log.setTime(1_700_000_000_000 + written);
          return {
            topic,
            partition: topic === "usage.rejected" ? at % partitions : 0,
            key: null,
            value: encode("currency" in fact ? { ...fact, currency: currencyOf(at) } : fact),
          };
        });
        await producer.send(records);
      }
    },
    async expectWhole() {
      for (const topic of mirroredTopics) {
        const { table, isPartitioned } = mirrorTables[topic];
        for (let partition = 0; partition < (isPartitioned ? partitions : 1); partition += 1) {
          const what = topic === "usage.rejected" ? "verdict" : "kind";
          const rows = await rowsOf<{ place: string; what: string }>(
            columns.client,
            `SELECT toString(log_offset) AS place, ${what} AS what FROM ${table} FINAL
              ${isPartitioned ? "WHERE log_partition = {partition:UInt16}" : ""} ORDER BY log_offset`,
            { partition },
          );
          const wanted = log.recordsOf(topic, partition).map(({ offset, value }) => {
            const fact = decode(value);
            const verdict = "verdict" in fact ? fact.verdict : "duplicate";
            return { place: String(offset), what: isPartitioned ? verdict : fact.kind };
          });
          expect(rows).toEqual(wanted);
        }
      }
      expect(stage.told.filter((told) => told.startsWith("in vain"))).toEqual([]);
    },
    async close() {
      await stage.worker.close();
      await columns.close();
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };

  /** It may die while it is opened. */
  async function opened(): Promise<MirrorWorker> {
    for (;;) {
      try {
        return await stage.open();
      } catch (error) {
        if (!(error instanceof Crash) && !(error instanceof ColumnsUnavailable)) throw error;
      }
    }
  }

  stage.worker = await opened();
  return stage;
}

function currencyOf(at: number): string {
  return ["USD", "JPY", "KWD"][at % 3] ?? "USD";
}
