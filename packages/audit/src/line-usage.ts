import { dimensionsKey, isApart } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";
import { createDigest, groupText, measurementRowText, rowsOfMeter } from "@tallybook/usage";
import type { Merging, UsageRow } from "@tallybook/usage";

import { bearsOn } from "./bears-on.ts";
import type { Books } from "./books.ts";
import type { DecidedRecord } from "./decider.ts";
import { createEventRollup, eventRow, meteredBy, standingBeside } from "./events.ts";
import type { MeteredEvent, Use } from "./events.ts";
import { createFirst } from "./first.ts";
import type { LineGrounds, RatedGrounds, Replayable } from "./line-grounds.ts";
import type { ReplayedEvent, UncountedRecord } from "./replayed.ts";

/** What a line follows from, of all records of its customer. */
export interface LineUsage {
  /** Of the period, and what bears on it. */
  readonly rows: readonly UsageRow[];
  /** The same of the line's own dimensions. */
  readonly lineRows: readonly UsageRow[];
  /** The first by time, as many as are to be shown. */
  readonly events: readonly ReplayedEvent[];
  readonly event_count: number;
  readonly events_digest: string;
  /** The first in the log, likewise. */
  readonly uncounted: readonly UncountedRecord[];
  readonly uncounted_count: number;
  readonly meter_versions: readonly number[];
  /** Null where there are no events. */
  readonly merging: Merging | null;
}

/** The usage of a line, from records that come one by one and are not kept. */
export interface LineUsageFold {
  readonly take: (record: DecidedRecord) => void;
  readonly usage: () => LineUsage;
}

export type UsageLine = LineGrounds & { readonly rated: RatedGrounds & { readonly use: Use } };

/** `corrections`: all records of the customer that count and correct others. */
export function createLineUsage(
  books: Books,
  { billed, line, posted, basis, rated: { rating, version, use } }: UsageLine,
  invoice: Replayable,
  { corrections, shownMax }: { corrections: readonly DecidedRecord[]; shownMax: number },
): LineUsageFold {
  const { meter } = posted.fact.evidence;
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const metered = meteredBy(books, use, corrections);
  const asIfCounted = meteredBy(books, use, []);
  const isStanding = standingBeside(corrections.flatMap(metered));
  const isOfAll = isWrittenOff({ line, posted }, invoice);
  const ofPeriod = createEventRollup((row) => isApart(row, { ...basis, catalog }), isStanding);
  const ofLine = createEventRollup((row) => isApart(row, { ...basis, catalog }), isStanding);
  const events = createFirst<MeteredEvent>(shownMax, byTime);
  const uncounted = createFirst<UncountedRecord>(shownMax, byPlace);
  const digest = createDigest();
  const versions = new Set<number>();
  let merging: Merging | null = null;

  function isOfLine(each: MeteredEvent): boolean {
    return (
      isOfAll ||
      rowsOfMeter(meter ?? "", version, [eventRow(each)]).some(
        ({ dimensions }) => dimensionsKey(dimensions) === dimensionsKey(billed.dimensions),
      )
    );
  }

  function takeCounted(each: MeteredEvent): void {
    if (!bearsOn(eventRow(each), rating, basis)) return;
    ofPeriod.take(each);
    if (!isOfLine(each)) return;
    ofLine.take(each);
    versions.add(each.measurement.meter_version);
    merging ??= each.measurement.merging;
    if (!isStanding(each)) return;
    events.add(each);
    digest.add(rowText(each));
  }

  return {
    take(record) {
      const { kind: decision, reason, detail, original } = record;
      if (decision === "accepted") return metered(record).forEach(takeCounted);
      for (const each of asIfCounted(record).filter(isOfLine)) {
        const { cut: _, ...view } = eventView(each);
        uncounted.add({ ...view, decision, reason, detail, original });
      }
    },
    usage: () => ({
      rows: ofPeriod.rows(),
      lineRows: ofLine.rows(),
      events: events.items().map(eventView),
      event_count: events.count(),
      events_digest: digest.value().toString("hex"),
      uncounted: uncounted.items(),
      uncounted_count: uncounted.count(),
      meter_versions: [...versions].toSorted((a, b) => a - b),
      merging,
    }),
  };
}

/** Of a line without usage. */
export const noUsage: LineUsage = {
  rows: [],
  lineRows: [],
  events: [],
  event_count: 0,
  events_digest: createDigest().value().toString("hex"),
  uncounted: [],
  uncounted_count: 0,
  meter_versions: [],
  merging: null,
};

/** What an adjustment writes off has the last of its lines, which is of all that came late. */
export function isWrittenOff(
  { line, posted }: Pick<LineGrounds, "line" | "posted">,
  { lines }: Pick<Replayable, "lines">,
): boolean {
  const { id, evidence } = posted.fact;
  const last = lines.findLastIndex(({ transaction }) => transaction === id);
  return evidence.written_off !== null && line === last + 1;
}

function byTime(a: MeteredEvent, b: MeteredEvent): number {
  return (
    a.event.time - b.event.time ||
    a.partition - b.partition ||
    a.event.raw_offset - b.event.raw_offset
  );
}

function byPlace(a: UncountedRecord, b: UncountedRecord): number {
  return a.partition - b.partition || a.offset - b.offset;
}

/** What tells an event that a line counts from every other, with what it counts of it. */
function rowText({ partition, event, measurement }: MeteredEvent): string {
  const row = measurementRowText(event.raw_offset, groupText(measurement), measurement);
  return `${partition}/${event.cut}/${event.time}/${row}`;
}

function eventView({ partition, event, measurement }: MeteredEvent): ReplayedEvent {
  return {
    partition,
    offset: event.raw_offset,
    source: event.source,
    id: event.id,
    time: formatTime(event.time),
    quantity: measurement.quantity,
    value: measurement.value,
    cut: event.cut,
    dimensions: measurement.dimensions,
    backfill: event.backfill,
  };
}
