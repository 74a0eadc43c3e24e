import {
  addRatios,
  type Currency,
  compareRatios,
  type Decimal,
  max,
  maxRatio,
  minRatio,
  mulRatios,
  type Ratio,
  ratioOf,
  sub,
  subRatios,
} from "@tallybook/money";
import { roundMoney } from "./round-money.ts";
import { nothing, zero } from "./share.ts";

/** What is committed to: money, or units that the price turns into money. */
export type Committed =
  | { readonly kind: "amount"; readonly amount: Decimal }
  | { readonly kind: "quantity"; readonly quantity: Decimal };

/** What somebody promised to spend, and what holds above and below it. */
export interface Commitment {
  readonly committed: Committed;
  /** What is used above the commitment is priced this many times. */
  readonly overageFactor: Decimal;
  /** Whether what is missing is billed. */
  readonly trueUp: boolean;
}

export interface CommitmentRating {
  readonly total: Ratio;
  /** What of the usage the commitment covers; all of it where there is none. */
  readonly used: Ratio;
  /** What lies above, times the factor. */
  readonly overage: Ratio;
  readonly trueUp: Ratio;
}

/**
 * Usage against a commitment: what lies above is priced by the factor, what is missing is billed where it is trued up.
 * `priceOf` says what so many units cost. A commitment of zero is none.
 */
export function rateCommitment(
  commitment: Commitment | null,
  usage: Ratio,
  priceOf: (quantity: Decimal) => Ratio,
): CommitmentRating {
  const promised = commitment === null ? nothing : moneyOf(commitment.committed, priceOf);
  if (commitment === null || compareRatios(promised, nothing) === 0) {
    return { total: usage, used: usage, overage: nothing, trueUp: nothing };
  }
  const used = minRatio(usage, promised);
  const above = maxRatio(subRatios(usage, promised), nothing);
  const overage = mulRatios(above, ratioOf(commitment.overageFactor));
  const trueUp = commitment.trueUp ? maxRatio(subRatios(promised, usage), nothing) : nothing;
  return { total: addRatios(addRatios(used, overage), trueUp), used, overage, trueUp };
}

/** Several windows, each against its own commitment, added up. */
export function sumCommitments(ratings: readonly CommitmentRating[]): CommitmentRating {
  const none = { total: nothing, used: nothing, overage: nothing, trueUp: nothing };
  return ratings.reduce(
    (sum, each) => ({
      total: addRatios(sum.total, each.total),
      used: addRatios(sum.used, each.used),
      overage: addRatios(sum.overage, each.overage),
      trueUp: addRatios(sum.trueUp, each.trueUp),
    }),
    none,
  );
}

function moneyOf(committed: Committed, priceOf: (quantity: Decimal) => Ratio): Ratio {
  switch (committed.kind) {
    case "amount":
      return ratioOf(committed.amount);
    case "quantity":
      return priceOf(committed.quantity);
  }
}

/** What is missing to a commitment, where what was used has been rounded before, as an invoice shows it. */
export function trueUpOfRounded(committed: Ratio, used: Ratio, currency: Currency): Decimal {
  return max(sub(roundMoney(committed, currency), roundMoney(used, currency)), zero);
}

/** What of a line lies above the most that may be billed in its period, what was billed before it included; never more than the line. */
export function aboveMaximum(
  line: Decimal,
  billedBefore: Decimal,
  maximum: Decimal,
  currency: Currency,
): Decimal {
  const above = subRatios(addRatios(ratioOf(billedBefore), ratioOf(line)), ratioOf(maximum));
  return roundMoney(minRatio(maxRatio(above, nothing), maxRatio(ratioOf(line), nothing)), currency);
}
