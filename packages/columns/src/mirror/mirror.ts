import { randomUUID } from "node:crypto";

import type { ClickHouseClient } from "@clickhouse/client";

import { analyticsOf, analyticsViews } from "../access.ts";
import { rowsOf } from "../connect.ts";
import type { ColumnsOptions } from "../connect.ts";
import { digestOf } from "../control.ts";
import { oneBlock } from "../insert.ts";
import { hasNames, makeNames, reloadNames } from "../names.ts";
import type { Cell, MirroredTopic } from "./tables.ts";
import { mirroredTopics, mirrorTables } from "./tables.ts";

/** A mirrored partition of the log. */
export interface MirrorSource {
  readonly topic: MirroredTopic;
  readonly partition: number;
}

/** Offsets of a source, both inclusive. */
export interface MirrorRange extends MirrorSource {
  readonly from: number;
  readonly to: number;
}

/** How many rows a window of a source has, and their digest. */
export interface WindowTotal {
  readonly rows: number;
  /** Sum of the rows' SHA-256, hex. */
  readonly digest: string;
}

/** Totals by window: the window's first offset by the length of windows. */
export type WindowTotals = ReadonlyMap<number, WindowTotal>;

/** What ClickHouse says about a mirrored table without reading a row. */
export interface MirrorMark {
  readonly uuid: string;
  readonly rows: number;
  /** The last mutation; empty: there was none. */
  readonly mutation: string;
}

/** The mirrored topics in ClickHouse. A row that is there twice is read once. */
export interface Mirror {
  /** Inserts rows of a range: the same range and generation is the same insert. `isAgain` inserts whatever was inserted before. */
  insert(
    generation: number,
    range: MirrorRange,
    rows: readonly (readonly Cell[])[],
    isAgain?: boolean,
  ): Promise<void>;
  /** The rows of a range as they are read, in the order of the log; comparable with what was inserted by `isSameRows`. */
  read(range: MirrorRange): Promise<unknown[][]>;
  remove(range: MirrorRange): Promise<void>;
  /** What the windows hold, all or one. */
  readTotals(source: MirrorSource, window?: number): Promise<WindowTotals>;
  /** What a range holds, whatever its windows. */
  readTotal(range: MirrorRange): Promise<WindowTotal>;
  /** What they held when they were read back and noted. */
  readNotes(source: MirrorSource): Promise<WindowTotals>;
  note(source: MirrorSource, window: number, total: WindowTotal): Promise<void>;
  /** The highest offset of a source that is there, -1: none. */
  readHighest(source: MirrorSource): Promise<number>;
  /** By table; undefined where a table, or a view of the analysts', is missing. */
  readMarks(): Promise<ReadonlyMap<string, MirrorMark> | undefined>;
  /** Makes the dictionaries of names, or makes them anew. Throws where one cannot be made or read. */
  makeNames(): Promise<void>;
  /** Reads the names again. Throws where one is missing or cannot be read. */
  reloadNames(): Promise<void>;
  hasNames(): Promise<boolean>;
}

export function createMirror(client: ClickHouseClient, options: ColumnsOptions): Mirror {
  return {
    async insert(generation, { topic, partition, from, to }, rows, isAgain = false) {
      if (rows.length === 0) return;
      const { table, columns } = mirrorTables[topic];
      await client.insert({
        table,
        columns: [...columns],
        values: rows,
        format: "JSONCompactEachRow",
        clickhouse_settings: {
          ...oneBlock,
          insert_deduplication_token: `${generation}:${table}:${topic}:${partition}:${from}-${to}:${isAgain ? randomUUID() : 0}`,
        },
      });
    },
    async read(range) {
      const { table, columns } = mirrorTables[range.topic];
      const answer = await client.query({
        query: `SELECT ${columns.join(", ")} FROM ${table} FINAL WHERE ${whereOf(range)} ORDER BY log_offset`,
        query_params: { ...range },
        format: "JSONCompactEachRow",
        clickhouse_settings: { date_time_output_format: "unix_timestamp" },
      });
      return answer.json<unknown[]>();
    },
    async remove(range) {
      await client.command({
        query: `DELETE FROM ${mirrorTables[range.topic].table} WHERE ${whereOf(range)}`,
        query_params: { ...range },
        clickhouse_settings: { lightweight_deletes_sync: "2" },
      });
    },
    async readTotals(source, window) {
      const { table, columns, windowLength } = mirrorTables[source.topic];
      const range = window === undefined ? everything : rangeOf(source, window);
      const rows = await rowsOf<TotalRow>(
        client,
        `SELECT toString(intDiv(log_offset, {windowLength:UInt64})) AS log_window, toString(count()) AS rows,
          ${digestOf(`toString((${columns.join(", ")}))`)} AS digest
          FROM ${table} FINAL WHERE ${whereOf(source)} GROUP BY log_window`,
        { ...source, ...range, windowLength },
      );
      return totalsOf(rows);
    },
    async readTotal(range) {
      const { table, columns } = mirrorTables[range.topic];
      const [row] = await rowsOf<{ rows: string; digest: string }>(
        client,
        `SELECT toString(count()) AS rows, ${digestOf(`toString((${columns.join(", ")}))`)} AS digest FROM ${table} FINAL WHERE ${whereOf(range)}`,
        { ...range },
      );
      return { rows: Number(row?.rows), digest: row?.digest ?? "" };
    },
    async readNotes({ topic, partition }) {
      return totalsOf(
        await rowsOf<TotalRow>(
          client,
          "SELECT toString(log_window) AS log_window, toString(rows) AS rows, digest FROM mirror_windows FINAL WHERE topic = {topic:String} AND log_partition = {partition:UInt16}",
          { topic, partition },
        ),
      );
    },
    async note({ topic, partition }, log_window, { rows, digest }) {
      await client.insert({
        table: "mirror_windows",
        values: [{ topic, log_partition: partition, log_window, rows, digest }],
        format: "JSONEachRow",
        // What is noted again after something else was would be taken for a repeat.
        clickhouse_settings: { ...oneBlock, insert_deduplication_token: randomUUID() },
      });
    },
    async readHighest(source) {
      const [row] = await rowsOf<{ rows: string; highest: string }>(
        client,
        `SELECT toString(count()) AS rows, toString(max(log_offset)) AS highest FROM ${mirrorTables[source.topic].table} WHERE ${whereOf(source)}`,
        { ...source, ...everything },
      );
      return row === undefined || row.rows === "0" ? -1 : Number(row.highest);
    },
    async readMarks() {
      const [tables, [there]] = await Promise.all([
        rowsOf<{ name: string; uuid: string; rows: string; mutation: string }>(
          client,
          `SELECT name, toString(uuid) AS uuid, toString(ifNull(total_rows, 0)) AS rows, last AS mutation
            FROM system.tables LEFT JOIN (
              SELECT table AS name, toString(max(toUInt64OrZero(extract(mutation_id, '[0-9]+')))) AS last FROM system.mutations WHERE database = currentDatabase() GROUP BY table
            ) AS mutations USING (name)
            WHERE database = currentDatabase() AND name IN {tables:Array(String)}`,
          { tables: tableNames },
        ),
        rowsOf<{ views: string }>(
          client,
          "SELECT toString(count()) AS views FROM system.tables WHERE (database = currentDatabase() AND name IN {helpers:Array(String)}) OR (database = {analytics:String} AND name IN {names:Array(String)})",
          { helpers: helperViews, names: analyticsViews, analytics: analyticsOf(options) },
        ),
      ]);
      const isWhole = Number(there?.views) === helperViews.length + analyticsViews.length;
      if (tables.length < tableNames.length || !isWhole) return undefined;
      return new Map(
        tables.map(({ name, uuid, rows, mutation }) => [
          name,
          { uuid, mutation, rows: Number(rows) },
        ]),
      );
    },
    makeNames: () => makeNames(client, options),
    reloadNames: () => reloadNames(client, options),
    hasNames: () => hasNames(client, options),
  };
}

/** Whether rows are the same as those that were inserted, however their times are written. */
export function isSameRows(found: readonly unknown[], made: readonly (readonly Cell[])[]): boolean {
  return found.length === made.length && found.every((row, at) => textOf(row) === textOf(made[at]));
}

/** The offsets of a window. */
export function rangeOf({ topic, partition }: MirrorSource, window: number): MirrorRange {
  const { windowLength } = mirrorTables[topic];
  const from = window * windowLength;
  return { topic, partition, from, to: from + windowLength - 1 };
}

/** Dropped and made again with all others; what analysts read follows from them. */
export const helperViews = ["known_fills", "completeness", "rated_periods"];
const tableNames = [...mirroredTopics.map((topic) => mirrorTables[topic].table), "mirror_windows"];
export const mirrorTableNames: readonly string[] = tableNames;

const everything = { from: 0, to: Number.MAX_SAFE_INTEGER };

interface TotalRow {
  readonly log_window: string;
  readonly rows: string;
  readonly digest: string;
}

function whereOf({ topic }: MirrorSource): string {
  const place = mirrorTables[topic].isPartitioned ? "log_partition = {partition:UInt16} AND " : "";
  return `${place}log_offset BETWEEN {from:UInt64} AND {to:UInt64}`;
}

function totalsOf(rows: readonly TotalRow[]): WindowTotals {
  return new Map(
    rows.map(({ log_window, rows: count, digest }) => [
      Number(log_window),
      { rows: Number(count), digest },
    ]),
  );
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === "string" && time.test(value) ? value.replace(/^0+(?=\d)/, "") : value,
  );
}

const time = /^\d+\.\d{3}(\d{3})?$/;
