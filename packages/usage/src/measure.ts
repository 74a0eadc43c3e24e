import { isNegative, readQuantity, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import { MICROS_PER_HOUR, slotOf } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { UsageAccepted } from "./facts.ts";
import { mergingOf } from "./merge.ts";
import type { Merging } from "./merge.ts";

/** What a meter makes of its events in a period. */
export type Aggregation = "count" | "sum" | "max" | "min" | "latest" | "unique" | "average";

/** A version of a meter: what it measures, and from which event time on. */
export interface Meter {
  readonly tenant: string;
  readonly meter: string;
  readonly version: number;
  readonly effective_at: Micros;
  readonly event_type: string;
  /** All terms must hold. */
  readonly filter: readonly { readonly property: string; readonly any_of: readonly string[] }[];
  readonly aggregation: Aggregation;
  readonly value_property: string | null;
  readonly dimensions: readonly string[];
}

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
}

/** What became of an accepted event: an event that any of its meters could not measure is unmeasurable, so that somebody looks. */
export type Outcome = "measured" | "without_meter" | "unmeasurable";

export interface Measured {
  readonly outcome: Outcome;
  /** Of an unmeasurable event: the meter and why, else empty. */
  readonly reason: string;
  readonly measurements: readonly Measurement[];
}

/**
 * Measures an event by every meter of its tenant. `versionsByMeter` holds the versions known at the barrier before the
 * event's cut; of a meter's versions, the one whose effective time holds the event's time measures it.
 */
export function measure(
  event: UsageAccepted,
  versionsByMeter: ReadonlyMap<string, readonly Meter[]>,
): Measured {
  const measurements: Measurement[] = [];
  const reasons: string[] = [];
  for (const versions of versionsByMeter.values()) {
    const meter = meterAt(versions, event.time);
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

/** Of a meter's versions the one that measures what happens at the time: of those that hold, the latest. */
export function meterAt<Version extends Pick<Meter, "effective_at" | "version">>(
  versions: readonly Version[],
  time: Micros,
): Version | undefined {
  let found: Version | undefined;
  for (const meter of versions) {
    if (meter.effective_at <= time && (found === undefined || isLater(meter, found))) found = meter;
  }
  return found;
}

/** How long the meter's slots are: a bound inside of one tells its events apart. */
export function slotLengthOf(_meter: Meter): Micros {
  return MICROS_PER_HOUR;
}

/** Whether the quantity of a period needs the meter's single events, because rows of its rollups do not tell enough. */
export function isOfEvents(_meter: Meter): boolean {
  return false;
}

type Version = Pick<Meter, "effective_at" | "version">;

function isLater(meter: Version, other: Version): boolean {
  return meter.effective_at === other.effective_at
    ? meter.version > other.version
    : meter.effective_at > other.effective_at;
}

function isMeasuredBy(event: UsageAccepted, meter: Meter): boolean {
  if (event.type !== meter.event_type) return false;
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
  const merging = mergingOf(meter.aggregation);
  return {
    tenant: event.tenant,
    customer: event.customer,
    subscription: event.subscription ?? "",
    meter: meter.meter,
    meter_version: meter.version,
    slot: slotOf(event.time),
    dimensions: Object.fromEntries(
      meter.dimensions.map((name) => [name, propertyOf(event, name) ?? ""]),
    ),
    quantity,
    merging,
    value,
    latest_time: merging === "latest" ? event.time : 0,
  };
}

// A property may bear any name, and `constructor` is no property of an event that does not say so.
function propertyOf(event: UsageAccepted, name: string): string | undefined {
  return Object.hasOwn(event.properties, name) ? event.properties[name] : undefined;
}
