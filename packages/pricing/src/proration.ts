import {
  type Currency,
  decimal,
  type Decimal,
  max,
  min,
  mulRatios,
  ratio,
  type Ratio,
  ratioOf,
  sub,
  sum,
} from "@tallybook/money";
import { capCredit } from "./credit-note.ts";
import { roundMoney } from "./round-money.ts";
import { zero } from "./share.ts";

/** The part of an amount that a part of a period is worth, in whatever both are counted: days, seconds. */
export function prorate(amount: Ratio, part: Decimal, whole: Decimal): Ratio {
  return mulRatios(amount, ratio(part, whole));
}

/**
 * How days between two dates are counted. `end_excluded`: 1 to 31 January are 30. `both_ends_included`: they are 31.
 */
export type DayCount = "end_excluded" | "both_ends_included";

/** Dates as day numbers: whole days since any fixed day. Never below zero. */
export function countDays(from: number, to: number, convention: DayCount): Decimal {
  const days = to - from + (convention === "both_ends_included" ? 1 : 0);
  return decimal(String(Math.max(days, 0)));
}

/** What changes in the middle of a period: what the whole period cost before, and costs now. */
export interface Change {
  readonly oldAmount: Decimal;
  readonly newAmount: Decimal;
  /** The most that may be given back; null: all of it. */
  readonly alreadyPaid: Decimal | null;
  /** Of what was paid, what has been given back before. */
  readonly earlierCredits: Decimal;
}

export interface ProratedChange {
  /** Zero or below: what is given back for the rest of the period at the old amount. */
  readonly credit: Decimal;
  readonly charge: Decimal;
  readonly net: Decimal;
}

/** The rest of a period at another amount; credit and charge are rounded each. */
export function prorateChange(
  change: Change,
  rest: { readonly remaining: Decimal; readonly whole: Decimal },
  currency: Currency,
): ProratedChange {
  const worth = (amount: Decimal): Decimal =>
    roundMoney(prorate(ratioOf(amount), rest.remaining, rest.whole), currency);
  const potential = worth(change.oldAmount);
  const given =
    change.alreadyPaid === null
      ? potential
      : capCredit(potential, change.alreadyPaid, change.earlierCredits);
  const charge = worth(change.newAmount);
  return { credit: sub(zero, given), charge, net: sub(charge, given) };
}

/** What is missing to a minimum for a part of a period, after what counts towards it; never below zero. */
export function proratedTrueUp(
  terms: {
    /** For the whole period. */
    readonly minimum: Decimal;
    /** Fees of the whole period that are owed for the same part of it, and count. */
    readonly wholePeriodFees: readonly Decimal[];
    /** Amounts that count as they are. */
    readonly counted: readonly Decimal[];
  },
  part: { readonly used: Decimal; readonly whole: Decimal },
  currency: Currency,
): Decimal {
  const worth = (amount: Decimal): Decimal =>
    roundMoney(prorate(ratioOf(amount), min(part.used, part.whole), part.whole), currency);
  const counted = sum([...terms.wholePeriodFees.map(worth), ...terms.counted]);
  return max(sub(worth(terms.minimum), counted), zero);
}
