import type { Micros } from "@tallybook/periods";
import {
  contentHash,
  createRollups,
  eventRowOf,
  measureFilled,
  rollupKey,
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
 * How the meters of a use see a record, or would see it where it did not count. What takes a measurement back is one too, at the time of
 * what it takes back. `corrections`: the records of the use that correct others.
 */
export function meteredBy(
  books: Books,
  use: Use,
  corrections: readonly DecidedRecord[],
): (record: DecidedRecord) => MeteredEvent[] {
  const measured = measureAt(books, use.cutMax, corrections);
  return ({ partition, event }) => {
    if (event === null || event.cut > use.cutMax || event.tenant !== use.tenant) return [];
    return measured(event, partition)
      .flatMap(({ measurements }) => measurements)
      .map((measurement) => ({ partition, event: timed(event, measurement), measurement }))
      .filter((each) => isOfUse(use, each.event, each.measurement));
  };
}

function timed(event: UsageAccepted, { takes_back }: Measurement): UsageAccepted {
  const { corrected } = event;
  return takes_back === null || corrected === null
    ? event
    : { ...event, time: corrected.replaced.time };
}

/** Whether something counts: it was not taken back by one of the corrections, and takes nothing back. */
export function standingBeside(
  corrections: readonly MeteredEvent[],
): (metered: MeteredEvent) => boolean {
  const placeOf = ({ partition, measurement }: MeteredEvent, offset: number | null) =>
    `${partition}/${offset}/${measurement.meter}`;
  const takenBack = new Set(corrections.map((each) => placeOf(each, each.measurement.takes_back)));
  return (each) =>
    each.measurement.takes_back === null && !takenBack.has(placeOf(each, each.event.raw_offset));
}

function isOfUse(use: Use, { time }: UsageAccepted, { customer, meter }: Measurement): boolean {
  return (
    customer === use.customer && use.meters.includes(meter) && time >= use.from && time < use.to
  );
}

/** Events while they are rolled up, in any order: of many, a row is kept for each group, and one for each event that is told apart. */
export interface EventRollup {
  readonly take: (metered: MeteredEvent) => void;
  readonly rows: () => UsageRow[];
}

/**
 * Rolls events up as the columns do, by slot, dimensions, meter version and cut, but for those that are told apart. What adds up is
 * taken back by its opposite; of all else, and of single events, what was taken back is left out.
 */
export function createEventRollup(
  isApart: (row: UsageRow) => boolean,
  isStanding: (metered: MeteredEvent) => boolean,
): EventRollup {
  const rollups = createRollups();
  const single: UsageRow[] = [];
  /** By what makes a row one: whether its events are told apart, which hangs on nothing else. */
  const apart = new Map<string, boolean>();
  return {
    take(metered) {
      const { event, measurement, partition } = metered;
      const isCounting = isStanding(metered);
      if (!isCounting && measurement.merging !== "sum") return;
      const row = usageRowOf(measurement, event, partition);
      const key = rollupKey(row);
      const isSingle = apart.get(key) ?? isApart(row);
      apart.set(key, isSingle);
      if (!isSingle) rollups.add(row, key);
      else if (isCounting) single.push(eventRow(metered));
    },
    rows: () => [...rollups.rows(), ...single],
  };
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
