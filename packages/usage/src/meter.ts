import type { DecimalText, RoundingMode } from "@tallybook/money";
import { MICROS_PER_HOUR, MICROS_PER_QUARTER_HOUR } from "@tallybook/periods";
import type { Combining, Micros } from "@tallybook/periods";

import type { Merging } from "./merge.ts";

/** What a meter makes of its events in a period. */
export type Aggregation =
  | "count"
  | "sum"
  | "max"
  | "min"
  | "latest"
  | "unique"
  | "average"
  | "weighted_sum"
  | "percentile"
  | "composite";

/** What an event of a weighted sum says: how much more or less is held, or how much is held from then on. */
export type Holding = "changes" | "levels";

/** How long the slots of a meter's rollups are. */
export type SlotLength = "hour" | "quarter_hour";

/** The event's property is one of these texts. */
export interface FilterTerm {
  readonly property: string;
  readonly any_of: readonly string[];
}

/** What a meter's quantity is rounded to before it is priced. */
export interface MeterRounding {
  readonly mode: RoundingMode;
  /** 0 to 12. */
  readonly decimals: number;
}

/** What another meter adds to a composite one. */
export interface MeterPart {
  /** One that counts or sums. */
  readonly meter: string;
  /** Units of the composite for each unit of the part; above zero. */
  readonly weight: DecimalText;
}

/** A version of a meter: what it measures, and from which event time on. */
export interface Meter {
  readonly tenant: string;
  readonly meter: string;
  readonly version: number;
  readonly effective_at: Micros;
  /** Empty of a composite, which measures nothing itself. */
  readonly event_type: string;
  /** All terms must hold. */
  readonly filter: readonly FilterTerm[];
  readonly aggregation: Aggregation;
  /** The property whose values are aggregated; null for a count and a composite. */
  readonly value_property: string | null;
  /** Of a composite: those of its parts' by which it is told apart. */
  readonly dimensions: readonly string[];
  /** What the quantity is rounded to before it is priced; of a composite each unit's. */
  readonly rounding: MeterRounding | null;
  /** How long the slots of its rollups are. */
  readonly slot: SlotLength;
  /** A sum of money: its ISO 4217 code; null of everything else. */
  readonly currency: string | null;
  /** weighted_sum; null of everything else. */
  readonly held: Holding | null;
  /** percentile: above 0, at most 100; null of everything else. */
  readonly percent: DecimalText | null;
  /** percentile: how long a sample is, a divisor of an hour; null of everything else. */
  readonly sample_seconds: number | null;
  /** percentile: what several readings of one sample are together; null of everything else. */
  readonly combining: Combining | null;
  /** composite; empty of everything else. */
  readonly parts: readonly MeterPart[];
  /** composite: the property whose values tell its units apart; null of everything else. */
  readonly group_property: string | null;
}

/** How the rows of a meter's rollups are put together. A composite has none, and whoever asks gets a sum. */
export function mergingOf({
  aggregation,
  held,
  combining,
}: Pick<Meter, "aggregation" | "held" | "combining">): Merging {
  switch (aggregation) {
    case "count":
    case "sum":
    case "composite":
      return "sum";
    case "max":
    case "min":
    case "latest":
    case "unique":
    case "average":
      return aggregation;
    case "weighted_sum":
      return held === "levels" ? "latest" : "sum";
    case "percentile":
      return combining ?? "sum";
  }
}

/** Whether the quantity of a period follows only from single events, and not from rows of the rollups. */
export function isOfEvents({ aggregation }: Pick<Meter, "aggregation">): boolean {
  return (
    aggregation === "weighted_sum" || aggregation === "percentile" || aggregation === "composite"
  );
}

/** How long the slots of a meter's rows are. */
export function slotLengthOf({ slot }: Pick<Meter, "slot">): Micros {
  return slot === "quarter_hour" ? MICROS_PER_QUARTER_HOUR : MICROS_PER_HOUR;
}

/**
 * The version in effect at the time: the one with the latest effective time that is not after it, of equal ones the later
 * version; undefined before the first.
 */
export function versionAt<Of extends Version>(
  versions: readonly Of[],
  time: Micros,
): Of | undefined {
  let found: Of | undefined;
  for (const each of versions) {
    if (each.effective_at <= time && (found === undefined || isLater(each, found))) found = each;
  }
  return found;
}

/** Of anything that is known in versions: a meter, a plan, an object of the catalog. */
type Version = Pick<Meter, "effective_at" | "version">;

function isLater(one: Version, other: Version): boolean {
  return one.effective_at === other.effective_at
    ? one.version > other.version
    : one.effective_at > other.effective_at;
}
