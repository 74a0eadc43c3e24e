export { connectColumns } from "./columns.ts";
export type { Columns, Proof } from "./columns.ts";
export { ColumnsUnavailable, rowsOf } from "./connect.ts";
export type { ColumnsOptions } from "./connect.ts";
export { differencesOf } from "./control.ts";
export type { ColumnsControl, PartRange } from "./control.ts";
export type { InsertRange, MeasuredEvent } from "./insert.ts";
export { migrate } from "./migrate.ts";
export type { UsageFilter } from "./readUsage.ts";
