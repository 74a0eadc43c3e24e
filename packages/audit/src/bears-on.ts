import { ownerOf } from "@tallybook/journal";
import type { Rating, StepBasis } from "@tallybook/journal";
import { timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

/** Whether it is usage of the period, or was before it. */
export function bearsOn(row: UsageRow, rating: Rating, basis: StepBasis): boolean {
  return timeOf(row) < rating.period.from || isOwnUse(row, rating, basis);
}

function isOwnUse(use: Parameters<typeof ownerOf>[0], rating: Rating, basis: StepBasis): boolean {
  const owner = ownerOf(use, { ...basis, catalog: basis.catalogAt(basis.begun.catalog_offset) });
  switch (owner.kind) {
    case "rated":
      return owner.rated === rating.rated;
    case "open": {
      const { from, to } = rating.period;
      const isOfPeriod = from <= timeOf(use) && timeOf(use) < to;
      const isOfSubscription = owner.subscription.subscription === rating.subscription;
      return rating.rated === null && isOfSubscription && isOfPeriod;
    }
    case "unattributed":
      return false;
  }
}
