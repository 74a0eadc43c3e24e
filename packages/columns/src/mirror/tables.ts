import type { CatalogFact } from "@tallybook/catalog";
import type { InvoicesFact } from "@tallybook/invoice";
import type { JournalFact } from "@tallybook/journal";
import type { CutFact, RejectedFact } from "@tallybook/usage";

import { catalogColumns, catalogRow } from "./catalog-rows.ts";
import { cutColumns, cutRow } from "./cut-rows.ts";
import { invoiceColumns, invoiceRow } from "./invoice-rows.ts";
import { journalColumns, journalRow } from "./journal-rows.ts";
import { rejectedColumns, rejectedRow } from "./rejected-rows.ts";

/** A record of a mirrored topic, and where it stands. */
export interface MirroredRecord<Fact extends MirroredFact = MirroredFact> {
  readonly partition: number;
  readonly offset: number;
  /** When Kafka appended it, in milliseconds. */
  readonly timestamp: number;
  readonly fact: Fact;
}

export type MirroredFact = CatalogFact | CutFact | InvoicesFact | JournalFact | RejectedFact;

/** The topics that are mirrored; usage itself is the sinks'. */
export const mirroredTopics = ["catalog", "cuts", "invoices", "journal", "usage.rejected"] as const;
export type MirroredTopic = (typeof mirroredTopics)[number];

/** A value as ClickHouse takes it, and gives it back. */
export type Cell = string | number | boolean | null | readonly unknown[] | object;

/** Where a topic's records are: one row each. */
export interface MirrorTable {
  readonly table: string;
  readonly columns: readonly [string, ...string[]];
  /** Whether the topic has several partitions, and the table says of each row which it is from. */
  readonly isPartitioned: boolean;
  /** Offsets of the log that are inserted, read back and remembered together at most. Part of what tokens follow from: never changed. */
  readonly windowLength: number;
  readonly rowOf: (record: MirroredRecord) => Cell[];
}

/** Of busy topics windows are longer: an insert costs 10 ms, whatever it holds. */
const windowLengths = { busy: 1_000, quiet: 100 };

export const mirrorTables: Readonly<Record<MirroredTopic, MirrorTable>> = {
  catalog: table("mirror_catalog", catalogColumns, (record) =>
    catalogRow(record as MirroredRecord<CatalogFact>),
  ),
  cuts: table("mirror_cuts", cutColumns, (record) => cutRow(record as MirroredRecord<CutFact>)),
  invoices: table("mirror_invoices", invoiceColumns, (record) =>
    invoiceRow(record as MirroredRecord<InvoicesFact>),
  ),
  journal: table("mirror_journal", journalColumns, (record) =>
    journalRow(record as MirroredRecord<JournalFact>),
  ),
  "usage.rejected": {
    table: "mirror_rejected",
    columns: rejectedColumns,
    isPartitioned: true,
    windowLength: windowLengths.busy,
    rowOf: (record) => rejectedRow(record as MirroredRecord<RejectedFact>),
  },
};

function table(
  name: string,
  columns: MirrorTable["columns"],
  rowOf: MirrorTable["rowOf"],
): MirrorTable {
  const windowLength = windowLengths.quiet;
  return { table: name, columns, isPartitioned: false, windowLength, rowOf };
}
