import { decimal, isNegative, negate, readQuantity, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import { slotOf } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { UsageAccepted } from "./facts.ts";
import type { Merging } from "./merge.ts";
import { mergingOf, versionAt, slotLengthOf } from "./meter.ts";
import type { Meter } from "./meter.ts";

/** An event as seen by a meter. */
export interface Measurement {
  readonly tenant: string;
  readonly customer: string;
  readonly subscription: string;
  readonly meter: string;
  readonly meter_version: number;
  readonly slot: Micros;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Of a count and a unique count: 1. */
  readonly quantity: DecimalText;
  readonly merging: Merging;
  /** unique: the value, as the properties have it; else empty. */
  readonly value: string;
  /** latest: the event's time; else 0. */
  readonly latest_time: Micros;
  /** The backfill that the event came by; empty: by the usual way. */
  readonly backfill: string;
  /** Offset of the event whose measurement this one takes back; null of every other. */
  readonly takes_back: number | null;
}

/** What became of an accepted event: an event that any of its meters could not measure is unmeasurable, so that somebody looks. */
export type Outcome = "measured" | "without_meter" | "unmeasurable";

export interface Measured {
  readonly outcome: Outcome;
  /** Of an unmeasurable event: the meter and why, else empty. */
  readonly reason: string;
  readonly measurements: readonly Measurement[];
}

/** Versions of meters, by meter. */
export type MeterVersions = ReadonlyMap<string, readonly Meter[]>;

/**
 * Measures an event by every meter of its tenant. `versionsByMeter` holds the versions known at the barrier before the
 * event's cut; of a meter's versions, the one whose effective time holds the event's time measures it. A correction takes back
 * what was measured of the event that it replaces: by `replacedBy`, the meters that have measured that one.
 */
export function measure(
  event: UsageAccepted,
  versionsByMeter: MeterVersions,
  replacedBy: MeterVersions = versionsByMeter,
): Measured {
  const { corrected } = event;
  const own = corrected?.retracts === true ? nothing : measureBy(event, versionsByMeter);
  if (corrected === null) return own;
  const before = measureBy({ ...event, ...corrected.replaced }, replacedBy);
  const { raw_offset } = corrected.replaced;
  const measurements = [
    ...before.measurements.map((each) => takenBack(each, raw_offset)),
    ...own.measurements,
  ];
  const { outcome } = own;
  const isOnlyTakenBack = outcome === "without_meter" && measurements.length > 0;
  return { ...own, outcome: isOnlyTakenBack ? "measured" : outcome, measurements };
}

/** What adds up is taken back by its opposite; of all else the reader leaves out what was taken back. */
function takenBack(measurement: Measurement, raw_offset: number): Measurement {
  const { merging, quantity } = measurement;
  return {
    ...measurement,
    quantity: merging === "sum" ? toText(negate(decimal(quantity))) : quantity,
    takes_back: raw_offset,
  };
}

const nothing: Measured = { outcome: "without_meter", reason: "", measurements: [] };

function measureBy(event: UsageAccepted, versionsByMeter: MeterVersions): Measured {
  const measurements: Measurement[] = [];
  const reasons: string[] = [];
  for (const versions of versionsByMeter.values()) {
    const meter = versionAt(versions, event.time);
    if (meter === undefined || !isMeasuredBy(event, meter)) continue;
    const reading = readingOf(event, meter);
    if (reading.ok) measurements.push(measurementOf(event, meter, reading.value));
    else reasons.push(`${meter.meter}: ${reading.why}`);
  }
  if (reasons.length > 0)
    return { outcome: "unmeasurable", reason: reasons.join("; "), measurements };
  return {
    outcome: measurements.length > 0 ? "measured" : "without_meter",
    reason: "",
    measurements,
  };
}

function isMeasuredBy(event: UsageAccepted, meter: Meter): boolean {
  if (event.type !== meter.event_type || meter.aggregation === "composite") return false;
  return meter.filter.every(({ property, any_of }) =>
    any_of.includes(propertyOf(event, property) ?? ""),
  );
}

/** What an event says to a meter. */
type Reading = Pick<Measurement, "quantity" | "value">;

const one: Reading = { quantity: "1", value: "" };

/** Most quantities: they are their own canonical text. */
const plainWhole = /^(?:0|[1-9]\d{0,14})$/;

function readingOf(
  event: UsageAccepted,
  meter: Meter,
): { ok: true; value: Reading } | { ok: false; why: string } {
  if (meter.aggregation === "count") return { ok: true, value: one };
  const property = meter.value_property ?? "";
  const text = propertyOf(event, property);
  if (text === undefined) return { ok: false, why: `no property ${property}` };
  if (meter.aggregation === "unique") return { ok: true, value: { quantity: "1", value: text } };
  if (plainWhole.test(text)) return { ok: true, value: { quantity: text, value: "" } };
  const quantity = readQuantity(text);
  if (!quantity.ok) return { ok: false, why: `${property} ${quantity.why}` };
  if (meter.aggregation === "sum" && isNegative(quantity.value))
    return { ok: false, why: `${property} is negative: usage is taken back by a correction` };
  return { ok: true, value: { quantity: toText(quantity.value), value: "" } };
}

function measurementOf(
  event: UsageAccepted,
  meter: Meter,
  { quantity, value }: Reading,
): Measurement {
  const merging = mergingOf(meter);
  return {
    tenant: event.tenant,
    customer: event.customer,
    subscription: event.subscription ?? "",
    meter: meter.meter,
    meter_version: meter.version,
    slot: slotOf(event.time, slotLengthOf(meter)),
    dimensions: Object.fromEntries(
      meter.dimensions.map((name) => [name, propertyOf(event, name) ?? ""]),
    ),
    quantity,
    merging,
    value,
    latest_time: merging === "latest" ? event.time : 0,
    backfill: event.backfill ?? "",
    takes_back: null,
  };
}

// A property may bear any name, and `constructor` is no property of an event that does not say so.
function propertyOf(event: UsageAccepted, name: string): string | undefined {
  return Object.hasOwn(event.properties, name) ? event.properties[name] : undefined;
}
