import { toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import { groupText } from "./digest.ts";
import type { UsageAccepted } from "./facts.ts";
import type { Measurement } from "./measure.ts";
import { createMerge } from "./merge.ts";
import type { LatestAt, Merge, Merging } from "./merge.ts";

/** What a meter saw of one customer, slot, set of dimensions and cut: a row of the rollups that bill. */
export interface UsageRow {
  readonly tenant: string;
  readonly customer: string;
  /** Empty where the events named none. */
  readonly subscription: string;
  readonly meter: string;
  readonly meter_version: number;
  /** Start of a UTC hour, or of the quarter of one where the meter says so. */
  readonly slot: Micros;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly cut: number;
  readonly merging: Merging;
  /** The total of a sum and an average; the extreme; the latest value; 1 of a unique value. */
  readonly quantity: DecimalText;
  /** How many measurements are in it. */
  readonly count: number;
  /** unique: a row for each distinct value, and this is it; else empty. */
  readonly value: string;
  /** The backfill that its events came by; empty: by the usual way. */
  readonly backfill: string;
  /** Where the latest value stands; null for every other merging. */
  readonly latest: LatestAt | null;
  /** Of a row that is one event, told apart from its slot; null of a row of the rollups. */
  readonly event: OneEvent | null;
}

/** Where an event stands, and what it says. */
export interface OneEvent extends LatestAt {
  readonly properties: UsageAccepted["properties"];
}

/** When a row's usage happened: the event's time, or the start of the slot for all that was rolled up. */
export function timeOf({ slot, event }: Pick<UsageRow, "slot" | "event">): Micros {
  return event?.time ?? slot;
}

/** A measurement as a row of its own, to be rolled up. */
export function usageRowOf(
  { latest_time, takes_back: _, ...measurement }: Measurement,
  { cut, raw_offset }: Pick<UsageAccepted, "cut" | "raw_offset">,
  partition: number,
): UsageRow {
  const latest =
    measurement.merging === "latest" ? { time: latest_time, partition, raw_offset } : null;
  return { ...measurement, cut, count: 1, latest, event: null };
}

/** A measurement as a row that is told apart from its slot. */
export function eventRowOf(
  measurement: Measurement,
  event: Pick<UsageAccepted, "cut" | "raw_offset" | "time" | "properties">,
  partition: number,
): UsageRow {
  const { time, raw_offset, properties } = event;
  return {
    ...usageRowOf(measurement, event, partition),
    event: { time, partition, raw_offset, properties },
  };
}

/** What makes a row of the rollups one row, over all partitions, as a text: the same for the events that it is made of. */
export function rollupKey(
  row: Parameters<typeof groupText>[0] & Pick<UsageRow, "cut" | "tenant">,
): string {
  return `${row.cut}/${row.tenant}/${groupText(row)}`;
}

/** Rows while they are rolled up: of many that come, one is kept for each group and cut. */
export interface Rollups {
  /** `key` is the row's `rollupKey`. */
  readonly add: (row: UsageRow, key: string) => void;
  readonly rows: () => UsageRow[];
}

export function createRollups(): Rollups {
  const groups = new Map<string, { row: UsageRow; merge: Merge; count: number }>();
  return {
    add(row, key) {
      let group = groups.get(key);
      if (group === undefined)
        groups.set(key, (group = { row, merge: createMerge(row.merging), count: 0 }));
      group.merge.add(row.quantity, row.latest);
      group.count += row.count;
    },
    rows: () =>
      [...groups.values()].map(({ row, merge, count }) => ({
        ...row,
        quantity: toText(merge.value()),
        count,
        latest: merge.latest(),
      })),
  };
}

/** Rolls rows up: those of the same group and cut become one, over all partitions, as the columns give them. */
export function rollUpRows(rows: Iterable<UsageRow>): UsageRow[] {
  const rollups = createRollups();
  for (const row of rows) rollups.add(row, rollupKey(row));
  return rollups.rows();
}
