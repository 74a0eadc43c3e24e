import type { Micros } from "@tallybook/periods";
import {
  contentHash,
  eventRowOf,
  measureFilled,
  rollupKey,
  rollUpRows,
  usageRowOf,
} from "@tallybook/usage";
import type {
  Measured,
  Measurement,
  UsageAccepted,
  UsageReported,
  UsageRow,
} from "@tallybook/usage";

import type { Books } from "./books.ts";
import type { DecidedRecord } from "./decider.ts";
import { createReplaced, isFilledBy, knownFills } from "./filled.ts";
import { measureAgain } from "./measured.ts";

/** An accepted event as one meter sees it. */
export interface MeteredEvent {
  readonly partition: number;
  readonly event: UsageAccepted;
  readonly measurement: Measurement;
}

/** Whose usage of what, and when. */
export interface Use {
  readonly tenant: string;
  readonly customer: string;
  readonly meters: readonly string[];
  readonly from: Micros;
  readonly to: Micros;
  /** The last cut that counts. */
  readonly cutMax: number;
}

/**
 * Measures an event by the meters known at the barrier before its cut, or by the fills of histories that are known at a cut. `beside`: what
 * may have corrected it before anybody knew of those.
 */
export function measureAt(
  books: Books,
  cutMax: number,
  beside: readonly DecidedRecord[] = [],
): (event: UsageAccepted, partition: number) => Measured[] {
  const fills = knownFills(books, cutMax);
  const replaced = createReplaced(fills);
  for (const { kind, event, partition } of beside)
    if (kind === "accepted" && event !== null) replaced.take(event, partition);
  return (event, partition) => [
    measureAgain(event, partition, books),
    ...fills
      .filter((fill) => isFilledBy(fill, event))
      .map(({ fill, meter }) =>
        measureFilled(meter, event, replaced.has(fill, partition, event.raw_offset)),
      ),
  ];
}

/**
 * Records as the meters of a use see them, or would see them where they did not count. What takes a measurement back is one too, at
 * the time of what it takes back.
 */
export function meterRecords(
  books: Books,
  records: readonly DecidedRecord[],
  use: Use,
): MeteredEvent[] {
  const measured = measureAt(books, use.cutMax, records);
  return records.flatMap(({ partition, event }) => {
    if (event === null || event.cut > use.cutMax || event.tenant !== use.tenant) return [];
    return measured(event, partition)
      .flatMap(({ measurements }) => measurements)
      .map((measurement) => ({ partition, event: timed(event, measurement), measurement }))
      .filter((each) => isOfUse(use, each.event, each.measurement));
  });
}

function timed(event: UsageAccepted, { takes_back }: Measurement): UsageAccepted {
  const { corrected } = event;
  return takes_back === null || corrected === null
    ? event
    : { ...event, time: corrected.replaced.time };
}

/** What counts: without what was taken back, and without what takes it back. */
export function standing(events: readonly MeteredEvent[]): MeteredEvent[] {
  const placeOf = ({ partition, measurement }: MeteredEvent, offset: number | null) =>
    `${partition}/${offset}/${measurement.meter}`;
  const takenBack = new Set(events.map((each) => placeOf(each, each.measurement.takes_back)));
  return events.filter(
    (each) =>
      each.measurement.takes_back === null && !takenBack.has(placeOf(each, each.event.raw_offset)),
  );
}

function isOfUse(use: Use, { time }: UsageAccepted, { customer, meter }: Measurement): boolean {
  return (
    customer === use.customer && use.meters.includes(meter) && time >= use.from && time < use.to
  );
}

/**
 * Rolls events up as the columns do, by slot, dimensions, meter version and cut, but for those that are told apart. What adds up is
 * taken back by its opposite; of all else, and of single events, what was taken back is left out.
 */
export function rollUp(
  events: readonly MeteredEvent[],
  isApart: (row: UsageRow) => boolean,
): UsageRow[] {
  const counting = standing(events);
  const rolledUp = new Set(counting);
  const rows = rollUpRows(
    events
      .filter((each) => each.measurement.merging === "sum" || rolledUp.has(each))
      .map(({ event, measurement, partition }) => usageRowOf(measurement, event, partition)),
  );
  const apart = new Set(rows.filter(isApart).map(rollupKey));
  return [
    ...rows.filter((row) => !apart.has(rollupKey(row))),
    ...counting.map(eventRow).filter((row) => apart.has(rollupKey(row))),
  ];
}

/** An event as a row of its own. */
export function eventRow({ event, measurement, partition }: MeteredEvent): UsageRow {
  return eventRowOf(measurement, event, partition);
}

/** Whether an accepted event says what was reported: by its hash, its own content, and its time. Of a correction by its hash. */
export function isSameEvent(reported: UsageReported, accepted: UsageAccepted): boolean {
  const hash = contentHash(reported);
  const isOfHash = Buffer.compare(hash, accepted.content_hash) === 0;
  // What it does not say itself is its target's.
  if (reported.target !== null) return isOfHash && reported.target === accepted.target;
  // A time that the producer did not give is no content: it was received_at that counted.
  const isOfContent =
    Buffer.compare(hash, contentHash({ ...accepted, time: reported.time, correction: null })) === 0;
  return isOfHash && isOfContent && accepted.time === (reported.time ?? accepted.received_at);
}
