import {
  add,
  ceil,
  compare,
  decimal,
  type Decimal,
  max,
  mul,
  ratio,
  toText,
} from "@tallybook/money";
import { floorDiv } from "./civil.ts";
import type { Period } from "./period.ts";
import type { Micros } from "./time.ts";

/** A reading, such as the bits per second or the bytes that a port saw. */
export interface Reading {
  readonly time: Micros;
  readonly value: Decimal;
}

/** What several readings of one sample are together: the bytes of all, the highest rate, or the last in time and then in the list. */
export type Combining = "sum" | "max" | "latest";

export interface PercentileSpec {
  /** Above 0, at most 100; decimals are allowed, as in 99.9. */
  readonly percent: Decimal;
  /** How long a sample is, such as 300,000,000 for five minutes. Samples begin at whole multiples of it since 1970, in UTC. */
  readonly sample: Micros;
  readonly combining: Combining;
}

/** How a percentile came about. */
export interface Percentile {
  readonly value: Decimal;
  /** How many samples the period has, those without a reading included. */
  readonly samples: number;
  /** Where the value stands among them, from the smallest, which is 1. 0 where the period has no samples. */
  readonly rank: number;
}

/**
 * The percentile of a period by nearest rank: the value at place ⌈percent × samples ÷ 100⌉, which some sample really had. A
 * sample without a reading is 0 and counts. A sample is of the period that holds its beginning, wherever the period begins, so that
 * consecutive periods share none out twice; readings of other samples are left out.
 * Throws a RangeError where the percent or the sample's length cannot be.
 */
export function percentile(
  { percent, sample, combining }: PercentileSpec,
  readings: readonly Reading[],
  period: Period,
): Percentile {
  if (compare(percent, zero) <= 0 || compare(percent, hundred) > 0) {
    throw new RangeError("percent: a percentile is above 0 and at most 100");
  }
  if (!Number.isSafeInteger(sample) || sample <= 0) {
    throw new RangeError("sample: a sample is a whole number of microseconds above 0");
  }
  const first = samplesBefore(period.from, sample);
  const samples = Math.max(0, samplesBefore(period.to, sample) - first);
  if (samples === 0) return { value: zero, samples, rank: 0 };
  const valuesBySample = new Map<number, { time: Micros; value: Decimal }>();
  for (const { time, value } of readings) {
    const at = floorDiv(time, sample) - first;
    if (at < 0 || at >= samples) continue;
    const before = valuesBySample.get(at);
    if (before === undefined) valuesBySample.set(at, { time, value });
    else if (combining === "sum") before.value = add(before.value, value);
    else if (combining === "max") before.value = max(before.value, value);
    else if (time >= before.time) valuesBySample.set(at, { time, value });
  }
  const rank = rankOf(percent, samples);
  const values = [...valuesBySample.values()].map(({ value }) => value);
  return { value: valueAt(rank, values, samples - values.length), samples, rank };
}

/** How many samples since 1970 begin before the time. */
function samplesBefore(time: Micros, sample: Micros): number {
  return floorDiv(time + sample - 1, sample);
}

/** Of decimals and not of doubles: 0.55 × 100 is 55.00000000000001 to those, and its place would be 56. */
function rankOf(percent: Decimal, samples: number): number {
  return Number(toText(ceil(ratio(mul(percent, whole(samples)), hundred))));
}

/** The value of that rank among the values and so many zeros beside them, which stand after what is below zero. */
function valueAt(rank: number, values: readonly Decimal[], zeros: number): Decimal {
  const ascending = values.toSorted(compare);
  const negative = ascending.filter((value) => compare(value, zero) < 0).length;
  if (rank <= negative) return ascending[rank - 1] ?? zero;
  return rank <= negative + zeros ? zero : (ascending[rank - zeros - 1] ?? zero);
}

function whole(number: number): Decimal {
  return decimal(String(number));
}

const zero = decimal("0");
const hundred = decimal("100");
