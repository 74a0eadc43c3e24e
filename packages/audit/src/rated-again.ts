import {
  feesInAdvance,
  firstRatings,
  isMovementKind,
  ratingAsOf,
  rateStep,
  usageTakenBack,
} from "@tallybook/journal";
import type { Rating, StepBasis, Transaction, TransactionPosted } from "@tallybook/journal";
import type { UsageRow } from "@tallybook/usage";

/** A transaction as its step comes to it again, from the rows of its period; undefined where it does not. */
export function ratedAgain(
  basis: StepBasis,
  rating: Rating,
  posted: TransactionPosted,
  rows: readonly UsageRow[],
): Transaction | undefined {
  const isPosted = ({ id }: Transaction) => id === posted.id;
  const rated = againOf(basis, rating, posted, rows).find(isPosted);
  return rated ?? settledAgain(basis, posted).find(isPosted);
}

function againOf(
  basis: StepBasis,
  rating: Rating,
  posted: TransactionPosted,
  rows: readonly UsageRow[],
): Transaction[] {
  if (!posted.evidence.in_advance) return rateStep(basis, [rating], rows, []).transactions;
  const { transaction_kind: kind } = posted;
  if (isMovementKind(kind)) return [];
  switch (kind) {
    case "fee":
      return feesInAdvance(basis, firstRatings(basis), rating);
    case "usage":
      return rateStep(basis, [{ ...rating, isInterim: true }], rows, []).transactions;
    case "adjustment":
      return usageTakenBack(basis);
    case "discount":
    case "tax":
    case "rounding":
      return [];
  }
}

/** A period by what was known when a transaction of it was posted. */
export function ratingThen(
  { catalogAt }: Pick<StepBasis, "catalogAt">,
  { tenant, evidence }: TransactionPosted,
): Rating {
  const { subscription, catalog_offset, period_from: from, period_to: to, part } = evidence;
  return ratingAsOf({ tenant, subscription, from, to, part }, catalog_offset, catalogAt);
}

/** With a fee that was taken back at the end of its period, which was on another plan by then. */
function settledAgain(basis: StepBasis, { tenant, evidence }: TransactionPosted): Transaction[] {
  const { subscription, period_from } = evidence;
  const then = firstRatings(basis).find(
    (each) =>
      each.tenant === tenant &&
      each.subscription === subscription &&
      each.period.from === period_from,
  );
  return then === undefined ? [] : rateStep(basis, [then], [], []).transactions;
}
