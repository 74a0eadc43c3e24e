import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";
import type { SpanPlace } from "./spans.ts";

/** The tables that hold usage, in the order in which they are filled. */
export const usageTables = [
  "usage_events",
  "measurements",
  "rollups",
  "usage_live",
  "usage_live_readings",
] as const;
export type UsageTable = (typeof usageTables)[number];

/** What ClickHouse itself says about one partition of a table: merges leave it as it is, whatever changes rows does not. */
export interface TableMark {
  /** Of the table: one that was dropped and made again begins its numbers again. */
  readonly uuid: string;
  /** Blocks are numbered by table, and no number comes twice. */
  readonly blockMin: number;
  readonly blockMax: number;
  /** Number of the last mutation that ran over it, also where that found nothing to change; 0: none. */
  readonly mutation: number;
  /** Rows as stored; 0 where the table sums rows at its merges. */
  readonly rows: number;
}

/** The marks of a place in all tables; a table without rows there has none. */
export interface PlaceMark extends SpanPlace {
  readonly tables: Readonly<Partial<Record<UsageTable, TableMark>>>;
}

export interface Mutation {
  readonly table: string;
  readonly number: number;
  readonly isDone: boolean;
  /** The one place that it can have changed; undefined: all of the table. */
  readonly only: SpanPlace | undefined;
}

/** A look at what ClickHouse has, without reading any row. */
export interface Marks {
  /** When the server started, in seconds, give or take one: with no part left, block numbers begin again then. */
  readonly startedAt: number;
  /** Whether all tables are there, and the views that feed the live numbers. */
  readonly isWhole: boolean;
  readonly places: readonly PlaceMark[];
  /** Those that ClickHouse still lists: by table at least the last hundred. */
  readonly mutations: readonly Mutation[];
}

/** What became of a place since an earlier look: nothing; perhaps rows were added, and nothing else; or anything. */
export type Change = "same" | "grown" | "changed";

/** Finished mutations that ClickHouse lists at least (`finished_mutations_to_keep`). */
const mutationsListedMin = 100;
const startJitterSeconds = 2;

/** Compares a place in two looks; undefined stands for a place without any row. Prudent: in doubt it is `changed`. */
export function changeOf(
  before: { readonly startedAt: number; readonly place: PlaceMark | undefined },
  now: Marks,
  place: PlaceMark | undefined,
): Change {
  if (Math.abs(before.startedAt - now.startedAt) > startJitterSeconds) return "changed";
  let change: Change = "same";
  for (const table of usageTables) {
    const one = tableChange(table, before.place?.tables[table], place?.tables[table], now, place);
    if (one === "changed") return "changed";
    if (one === "grown") change = "grown";
  }
  return change;
}

function tableChange(
  table: UsageTable,
  before: TableMark | undefined,
  found: TableMark | undefined,
  { mutations }: Marks,
  place: PlaceMark | undefined,
): Change {
  if (found === undefined) return before === undefined ? "same" : "changed";
  const ofTable = mutations.filter((mutation) => mutation.table === table);
  const touching = ofTable.filter(({ only }) => only === undefined || isSamePlace(only, place));
  if (touching.some(({ isDone }) => !isDone)) return "changed";
  const base = before ?? { ...found, mutation: 0, rows: 0, blockMax: 0 };
  if (found.uuid !== base.uuid || found.blockMin !== base.blockMin || found.rows < base.rows)
    return "changed";
  if (found.mutation !== base.mutation) {
    if (found.mutation < base.mutation) return "changed";
    const isKnown = ofTable.some(({ number }) => number === found.mutation);
    const isWhole =
      ofTable.length < mutationsListedMin || ofTable.some(({ number }) => number <= base.mutation);
    if (!isKnown || !isWhole || touching.some(({ number }) => number > base.mutation))
      return "changed";
  }
  return found.blockMax === base.blockMax && found.rows === base.rows ? "same" : "grown";
}

function isSamePlace(one: SpanPlace, other: SpanPlace | undefined): boolean {
  return one.span === other?.span && one.partition === other.partition;
}

/**
 * Looks at the parts that ClickHouse has, of the partitions of the log that are `remainder` modulo `modulo` (all unless
 * given). A mutation that begins during the look is in none of its two halves, or has a number that no half explains.
 */
export async function readMarks(
  client: ClickHouseClient,
  of: { readonly modulo: number; readonly remainder: number } = { modulo: 1, remainder: 0 },
): Promise<Marks> {
  const parts = await rowsOf<PartRow>(client, partsQuery, { tables: usageTables, ...of });
  const [listed, [start]] = await Promise.all([
    rowsOf<{ table: string; number: string; is_done: number; command: string }>(
      client,
      "SELECT table, extract(mutation_id, '[0-9]+') AS number, is_done, command FROM system.mutations WHERE database = currentDatabase() AND table IN {tables:Array(String)}",
      { tables: usageTables },
    ),
    rowsOf<{ at: string; tables: string }>(
      client,
      `SELECT toString(toUnixTimestamp(now()) - uptime()) AS at, toString((SELECT count() FROM system.tables
        WHERE database = currentDatabase() AND name IN {names:Array(String)})) AS tables`,
      { names },
    ),
  ]);
  const places = new Map<string, PlaceMark & { tables: Partial<Record<UsageTable, TableMark>> }>();
  for (const row of parts) {
    const name = `${row.span}/${row.partition}`;
    const place = places.get(name) ?? { span: row.span, partition: row.partition, tables: {} };
    places.set(name, place);
    place.tables[row.table] = {
      uuid: row.uuid,
      blockMin: Number(row.block_min),
      blockMax: Number(row.block_max),
      mutation: Number(row.mutation),
      rows: row.table.startsWith("usage_live") ? 0 : Number(row.stored),
    };
  }
  return {
    startedAt: Number(start?.at),
    isWhole: Number(start?.tables) === names.length,
    places: [...places.values()],
    mutations: listed.map(({ table, number, is_done, command }) => ({
      table,
      number: Number(number),
      isDone: is_done === 1,
      only: placeOfDelete(command),
    })),
  };
}

/** Where a delete of ours was at work, by what ClickHouse lists of it; undefined for all that could be somebody else's. */
export function placeOfDelete(command: string): SpanPlace | undefined {
  const [, span, partition] = ownDelete.exec(command) ?? [];
  return span === undefined ? undefined : { span: Number(span), partition: Number(partition) };
}

const ownDelete =
  /^\(UPDATE _row_exists = 0 IN PARTITION \((\d+), (\d+)\) WHERE cut IN \([\d, ]+\)\)$/;

const names = [...usageTables, "usage_live_feed", "usage_live_readings_feed", "migrations"];

interface PartRow {
  readonly table: UsageTable;
  readonly span: number;
  readonly partition: number;
  readonly uuid: string;
  readonly block_min: string;
  readonly block_max: string;
  readonly mutation: string;
  readonly stored: string;
}

// A part is named partition_blockMin_blockMax_level, and _mutation where one ran over it.
const partsQuery = `SELECT table, toUInt32(extract(partition_id, '([0-9]+)-[0-9]+$')) AS span,
    toUInt32(extract(partition_id, '-([0-9]+)$')) AS partition, toString(any(tables.uuid)) AS uuid,
    toString(min(min_block_number)) AS block_min, toString(max(max_block_number)) AS block_max,
    toString(max(toUInt64OrZero(splitByChar('_', parts.name)[5]))) AS mutation, toString(sum(rows)) AS stored
  FROM system.parts AS parts
  INNER JOIN (SELECT name AS table, uuid FROM system.tables WHERE database = currentDatabase()) AS tables USING (table)
  WHERE active AND database = currentDatabase() AND table IN {tables:Array(String)}
    AND partition % {modulo:UInt32} = {remainder:UInt32}
  GROUP BY table, span, partition`;
