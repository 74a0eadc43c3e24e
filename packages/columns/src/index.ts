export { connectColumns } from "./columns.ts";
export type { Columns } from "./columns.ts";
export { analyticsOf } from "./access.ts";
export { ColumnsUnavailable, rowsOf, TooMuchUsage } from "./connect.ts";
export type { ColumnsOptions } from "./connect.ts";
export { differencesOf } from "./control.ts";
export type { ColumnsControl, PartRange } from "./control.ts";
export type { FillRows } from "./filled.ts";
export type { FilledMeter, InsertRange, MeasuredEvent } from "./insert.ts";
export { migrate } from "./migrate.ts";
export type { CorrectionFound } from "./readCorrections.ts";
export type { NamedEvent, NamedFilter, NamedStretch } from "./readNamed.ts";
export { stretchesOf } from "./readStretches.ts";
export type { NamedRun } from "./readStretches.ts";
export { makeReader, readerName } from "./readers.ts";
export type { Whose } from "./readers.ts";
export type { EventPlace, EventsFilter, StoredEvent } from "./readEvents.ts";
export type { RejectedFilter, RejectedPlace, RejectedRow } from "./readRejected.ts";
export type { SeriesFilter, SeriesGroup, SeriesRow, SeriesTerm } from "./readSeries.ts";
export type { WindowsFilter } from "./readWindows.ts";
export type { UsageFilter } from "./readUsage.ts";
export { countedTables, countsOf, noRows } from "./counts.ts";
export type { CountedTable, CutCounts } from "./counts.ts";
export { changeOf, placeOfDelete, usageTables } from "./marks.ts";
export type { Change, Marks, Mutation, PlaceMark, TableMark, UsageTable } from "./marks.ts";
export { createProver } from "./prove.ts";
export type { Proof } from "./prove.ts";
export { cutsOf, cutsPerSpan, spanOf } from "./spans.ts";
export type { SpanPlace } from "./spans.ts";
export type { TableTotal } from "./tables.ts";
export { isSameRows, rangeOf } from "./mirror/mirror.ts";
export type {
  Mirror,
  MirrorMark,
  MirrorRange,
  MirrorSource,
  WindowTotal,
  WindowTotals,
} from "./mirror/mirror.ts";
export { mirroredTopics, mirrorTables } from "./mirror/tables.ts";
export type { Cell, MirroredFact, MirroredRecord, MirroredTopic } from "./mirror/tables.ts";
