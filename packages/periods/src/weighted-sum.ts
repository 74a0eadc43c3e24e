import { add, decimal, type Decimal, mul, ratio, type Ratio } from "@tallybook/money";
import type { Period } from "./period.ts";
import type { Micros } from "./time.ts";

/** A change of what is held, such as two GPUs more. */
export interface Change {
  readonly time: Micros;
  readonly delta: Decimal;
}

/** What is held from a moment on, such as five GPUs. */
export interface Level {
  readonly time: Micros;
  readonly level: Decimal;
}

/** What was held over a period. */
export interface Held {
  /** The value times the seconds it was held, added up: GPU-seconds of GPUs. Divide by 60 for GPU-minutes; it is exact. */
  readonly value_seconds: Decimal;
  /** The value times the part of the period it was held for, added up; exact. */
  readonly weighted: Ratio;
  /** What is held at the period's end: the next one's opening. */
  readonly closing: Decimal;
}

/**
 * The weighted sum of changes over a period, in any order; several at one time add up. `opening` is what was held when the first of
 * them came: those before the period change what it begins with, those at its end or later are the next period's.
 * Throws a RangeError for an empty period.
 */
export function heldByChanges(opening: Decimal, changes: readonly Change[], period: Period): Held {
  let held = opening;
  return heldOver(
    opening,
    changes.toSorted((a, b) => a.time - b.time),
    period,
    ({ delta }) => (held = add(held, delta)),
  );
}

/** The same where each sample says what is held from then on. Of several at one time the last in the list counts. */
export function heldByLevels(opening: Decimal, levels: readonly Level[], period: Period): Held {
  return heldOver(
    opening,
    levels.toSorted((a, b) => a.time - b.time),
    period,
    ({ level }) => level,
  );
}

function heldOver<Sample extends { readonly time: Micros }>(
  opening: Decimal,
  samples: readonly Sample[],
  { from, to }: Period,
  levelAfter: (sample: Sample) => Decimal,
): Held {
  if (from >= to) throw new RangeError("nothing is held over an empty period");
  let held = opening;
  let since = from;
  let total = zero;
  for (const sample of samples) {
    if (sample.time >= to) break;
    if (sample.time > since) {
      total = add(total, mul(held, whole(sample.time - since)));
      since = sample.time;
    }
    held = levelAfter(sample);
  }
  total = add(total, mul(held, whole(to - since)));
  return {
    value_seconds: mul(total, second),
    weighted: ratio(total, whole(to - from)),
    closing: held,
  };
}

function whole(number: number): Decimal {
  return decimal(String(number));
}

const zero = decimal("0");
/** A microsecond in seconds. */
const second = decimal("0.000001");
