import { feesInAdvance, firstRatings, rateStep } from "@tallybook/journal";
import type { Rating, StepBasis, Transaction, TransactionPosted } from "@tallybook/journal";
import type { UsageRow } from "@tallybook/usage";

/** A transaction as its step comes to it again, from the rows of its period; undefined where it does not. */
export function ratedAgain(
  basis: StepBasis,
  rating: Rating,
  rows: readonly UsageRow[],
  posted: TransactionPosted,
): Transaction | undefined {
  const isPosted = ({ id }: Transaction) => id === posted.id;
  if (posted.evidence.in_advance)
    return feesInAdvance(basis, firstRatings(basis), rating).find(isPosted);
  const rated = rateStep(basis, [rating], rows, []).transactions.find(isPosted);
  return rated ?? settledAgain(basis, posted).find(isPosted);
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
