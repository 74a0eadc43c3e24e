import type { ClickHouseClient } from "@clickhouse/client";
import type { PartCompared, UsageRow } from "@tallybook/usage";

import { ColumnsUnavailable, connectClient, guarded, rowsOf } from "./connect.ts";
import type { ColumnsOptions } from "./connect.ts";
import { readControls } from "./control.ts";
import type { ColumnsControl, PartRange } from "./control.ts";
import { countRollups, deleteCuts, readCounts, readHighest } from "./counts.ts";
import type { CutCounts, RollupsCounted } from "./counts.ts";
import type { FillRows } from "./filled.ts";
import { buildRollups, insertFilled, insertMeasured } from "./insert.ts";
import type { FilledMeter, InsertRange, MeasuredEvent } from "./insert.ts";
import { readCorrections } from "./readCorrections.ts";
import type { CorrectedEvent, CorrectionFound } from "./readCorrections.ts";
import { readMarks } from "./marks.ts";
import type { Marks } from "./marks.ts";
import { isMigrated } from "./migrate.ts";
import { createMirror } from "./mirror/mirror.ts";
import type { Mirror } from "./mirror/mirror.ts";
import { createProver } from "./prove.ts";
import type { Proof } from "./prove.ts";
import { readNamed, readPlaces } from "./readNamed.ts";
import type { NamedEvent, NamedFilter, NamedStretch } from "./readNamed.ts";
import { readStretches } from "./readStretches.ts";
import { readEvents } from "./readEvents.ts";
import type { EventsFilter, StoredEvent } from "./readEvents.ts";
import { readRejected } from "./readRejected.ts";
import type { RejectedFilter, RejectedRow } from "./readRejected.ts";
import { readSeries } from "./readSeries.ts";
import type { SeriesFilter, SeriesRow } from "./readSeries.ts";
import { readUsage } from "./readUsage.ts";
import type { UsageFilter } from "./readUsage.ts";
import { readWindows } from "./readWindows.ts";
import type { WindowsFilter } from "./readWindows.ts";
import type { SpanPlace } from "./spans.ts";
import { dropTables, readTotals } from "./tables.ts";
import type { TableTotal } from "./tables.ts";

/** The door to ClickHouse. Every call throws `ColumnsUnavailable` where ClickHouse does not answer. */
export interface Columns {
  insertMeasured(range: InsertRange, rows: readonly MeasuredEvent[]): Promise<void>;
  /** Measurements alone, of events that are there already. */
  insertFilled(
    range: InsertRange,
    fill: FilledMeter,
    rows: readonly MeasuredEvent[],
  ): Promise<void>;
  /** Of a part, or of what a fill has added to it. */
  buildRollups(range: InsertRange, fill?: FilledMeter): Promise<void>;
  /** Without the rows of the hidden fills. */
  readControls(range: PartRange, hidden?: readonly FillRows[]): Promise<ColumnsControl[]>;
  readUsage(filter: UsageFilter): Promise<UsageRow[]>;
  /** A page of accepted events, the latest first. */
  readEvents(filter: EventsFilter): Promise<StoredEvent[]>;
  /** A page of rejected records, the latest first. */
  readRejected(filter: RejectedFilter): Promise<RejectedRow[]>;
  /** A customer's events by their places in the log, and what is said of them. */
  readNamed(filter: NamedFilter): Promise<NamedEvent[]>;
  /** Stretches of the log by which `readNamed` can be asked, some `rowsMax` rows at a time; null stands for all of it. */
  readStretches(filter: NamedFilter, rowsMax: number): Promise<(NamedStretch | null)[]>;
  /** Where the events of an identity stand in the log. */
  readPlaces(identity: {
    readonly tenant: string;
    readonly source: string;
    readonly id: string;
  }): Promise<Pick<NamedEvent, "partition" | "raw_offset">[]>;
  /** The accepted corrections of some events, in the order of the log. */
  readCorrections(tenant: string, targets: readonly CorrectedEvent[]): Promise<CorrectionFound[]>;
  /** A meter's usage by windows of time, of all cuts that there are. */
  readSeries(filter: SeriesFilter): Promise<SeriesRow[]>;
  /** Usage put together by windows of each customer's own. */
  readWindows(filter: WindowsFilter): Promise<UsageRow[]>;
  /** Whether the columns, without the rows of the hidden fills, hold exactly what these parts say. */
  proveParts(parts: readonly PartCompared[], hidden?: readonly FillRows[]): Promise<Proof>;
  /** What ClickHouse says about its parts, without reading a row: for the partitions that are `remainder` modulo `modulo`. */
  readMarks(of?: { readonly modulo: number; readonly remainder: number }): Promise<Marks>;
  /** Rows of a place, by cut and table. */
  readCounts(place: SpanPlace): Promise<Map<number, CutCounts>>;
  /** Rows of a tenant's rollups in closed cuts: what the compared parts say they are, or some are missing. */
  countRollups(of: RollupsCounted): Promise<number>;
  /** The highest `raw_offset` of the events that a part has; -1 where it has none. */
  readHighest(part: { readonly cut: number; readonly partition: number }): Promise<number>;
  /** Rows and digest of every table, of a range of cuts, both inclusive. */
  readTotals(range: { readonly cutMin: number; readonly cutMax: number }): Promise<TableTotal[]>;
  /** Drops all tables: whoever runs makes them again, and their rows from the log. */
  dropTables(): Promise<void>;
  /** Removes all rows of these cuts from a place, of every table. Inserts that follow need another `repair`. */
  deleteCuts(place: SpanPlace, cuts: readonly number[]): Promise<void>;
  /** Resolves when it answers and every migration has run; throws where a table would not deduplicate. */
  prepare(): Promise<void>;
  /** The topics beside usage. */
  readonly mirror: Mirror;
  /** The client itself, for queries that have no name here. */
  readonly client: ClickHouseClient;
  close(): Promise<void>;
}

/** Tables whose inserts are deduplicated by token, and how many tokens they must remember at least. */
const deduplicated = [
  "usage_events",
  "measurements",
  "rollups",
  "usage_live",
  "usage_live_readings",
];
const windowMin = 10_000;

export function connectColumns(options: ColumnsOptions): Columns {
  const client = connectClient(options);
  const prove = createProver({
    readMarks: () => readMarks(client),
    readCounts: (place) => readCounts(client, place),
    readControls: (range, hidden) => readControls(client, range, hidden),
  });
  return {
    client,
    mirror: guardedMirror(createMirror(client, options)),
    insertMeasured: (range, rows) =>
      guarded("insert", () => insertMeasured(client, range, rows, options.reached)),
    insertFilled: (range, fill, rows) =>
      guarded("insert", () => insertFilled(client, range, fill, rows)),
    buildRollups: (range, fill) =>
      guarded("build rollups", () => buildRollups(client, range, fill)),
    readControls: (range, hidden) =>
      guarded("read controls", () => readControls(client, range, hidden)),
    readUsage: (filter) => guarded("read usage", () => readUsage(client, filter)),
    readEvents: (filter) => guarded("read events", () => readEvents(client, filter)),
    readRejected: (filter) => guarded("read what was rejected", () => readRejected(client, filter)),
    readNamed: (filter) => guarded("read events", () => readNamed(client, filter)),
    readStretches: (filter, rowsMax) =>
      guarded("count events", () => readStretches(client, filter, rowsMax)),
    readPlaces: (identity) => guarded("look for an event", () => readPlaces(client, identity)),
    readCorrections: (tenant, targets) =>
      guarded("read corrections", () => readCorrections(client, tenant, targets)),
    readSeries: (filter) => guarded("read usage", () => readSeries(client, filter)),
    readWindows: (filter) => guarded("read usage", () => readWindows(client, filter)),
    proveParts: (parts, hidden) => guarded("prove parts", () => prove(parts, hidden)),
    readMarks: (of) => guarded("look at the parts", () => readMarks(client, of)),
    readCounts: (place) => guarded("count rows", () => readCounts(client, place)),
    countRollups: (of) => guarded("count rollups", () => countRollups(client, of)),
    readHighest: (part) => guarded("look at a part", () => readHighest(client, part)),
    readTotals: (range) => guarded("read totals", () => readTotals(client, range)),
    dropTables: () => guarded("drop the tables", () => dropTables(client)),
    deleteCuts: (place, cuts) => guarded("delete rows", () => deleteCuts(client, place, cuts)),
    async prepare() {
      if (!(await guarded("look for migrations", () => isMigrated(client, options))))
        throw new ColumnsUnavailable("the aggregator has not run every migration yet");
      await refuseForgetful(client, options.database);
    },
    close: () => client.close(),
  };
}

function guardedMirror(mirror: Mirror): Mirror {
  return {
    insert: (...given) => guarded("insert", () => mirror.insert(...given)),
    read: (range) => guarded("read rows", () => mirror.read(range)),
    remove: (range) => guarded("remove rows", () => mirror.remove(range)),
    readTotals: (...given) => guarded("read totals", () => mirror.readTotals(...given)),
    readTotal: (range) => guarded("read totals", () => mirror.readTotal(range)),
    readNotes: (source) => guarded("read what was noted", () => mirror.readNotes(source)),
    note: (...given) => guarded("note", () => mirror.note(...given)),
    readHighest: (source) => guarded("look for the last row", () => mirror.readHighest(source)),
    readMarks: () => guarded("look at the tables", () => mirror.readMarks()),
    makeNames: () => guarded("make the names", () => mirror.makeNames()),
    reloadNames: () => guarded("read the names again", () => mirror.reloadNames()),
    hasNames: () => guarded("look for the names", () => mirror.hasNames()),
  };
}

async function refuseForgetful(client: ClickHouseClient, database: string): Promise<void> {
  const tables = await rowsOf<{ name: string; definition: string }>(
    client,
    "SELECT name, engine_full AS definition FROM system.tables WHERE database = {database:String} AND name IN {tables:Array(String)}",
    { database, tables: deduplicated },
  );
  for (const name of deduplicated) {
    const definition = tables.find((table) => table.name === name)?.definition ?? "";
    const window = Number(
      /(?:non_)?replicated_deduplication_window = (\d+)/.exec(definition)?.[1] ?? 0,
    );
    if (window < windowMin) {
      throw new Error(
        `table ${database}.${name} remembers ${window} insert tokens, not ${windowMin}: a retry would double its rows; set non_replicated_deduplication_window`,
      );
    }
  }
}
