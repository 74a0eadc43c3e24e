import { add, type Decimal, max, min, sub } from "@tallybook/money";
import { zero } from "./share.ts";

/** A line's quantity after free units, which the earlier lines of the period use up first. */
export interface UsageDiscounted {
  readonly quantity: Decimal;
  readonly quantityBefore: Decimal;
  readonly freeOnLine: Decimal;
  readonly freeBefore: Decimal;
}

export function discountUsage(
  freeUnits: Decimal,
  quantity: Decimal,
  quantityBefore: Decimal,
): UsageDiscounted {
  const freeBefore = min(freeUnits, quantityBefore);
  const freeOnLine = max(min(sub(freeUnits, freeBefore), quantity), zero);
  return {
    quantity: sub(quantity, freeOnLine),
    quantityBefore: sub(quantityBefore, freeBefore),
    freeOnLine,
    freeBefore,
  };
}

/** Units that are included in a period, with what may be carried over from the one before. */
export interface Included {
  /** Granted with each period. */
  readonly units: Decimal;
  /** The most that may be carried into the next period; null: no bound. */
  readonly rolloverMax: Decimal | null;
}

export interface IncludedUse {
  readonly free: Decimal;
  readonly billable: Decimal;
  /** What the next period may begin with, beside its own units. */
  readonly carried: Decimal;
}

/** Included units against a period's use: what was carried over goes first, and is not carried a second time. */
export function useIncluded(
  included: Included,
  carriedIn: Decimal,
  quantity: Decimal,
): IncludedUse {
  const used = max(quantity, zero);
  const fromCarried = min(carriedIn, used);
  const fromOwn = min(included.units, sub(used, fromCarried));
  const left = sub(included.units, fromOwn);
  const free = add(fromCarried, fromOwn);
  return {
    free,
    billable: sub(used, free),
    carried: included.rolloverMax === null ? left : min(left, included.rolloverMax),
  };
}
