import { lateUsageAt } from "@tallybook/catalog";
import { add, compare, decimal, isZero, sub, sum, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Transaction } from "./canonical.ts";
import type { Evidence, WrittenOff } from "./facts.ts";
import type { StepBasis } from "./plan.ts";
import type { BilledPrice } from "./rated.ts";

/**
 * What of a change of a charge the customer is not asked for, by the tenant's policy at the step. It goes by all that late usage has
 * changed of the charge since its first rating, and not by the single change: so a hundred small corrections and one big one end at
 * the same money. Only what makes the charge dearer is written off: what is due to the customer never is. Null: nothing changes.
 */
export function writeOffOf(
  { begun, catalogAt }: Pick<StepBasis, "begun" | "catalogAt">,
  { tenant, currency }: Pick<Transaction, "tenant" | "currency">,
  billed: Pick<BilledPrice, "adjusted" | "writtenOff"> | undefined,
  change: Decimal,
): WrittenOff | null {
  const policy = lateUsageAt(catalogAt(begun.catalog_offset), tenant, begun.time);
  const below = policy.write_off_below.find((each) => each.currency === currency)?.amount ?? null;
  const late = add(billed?.adjusted ?? zero, change);
  const isDearer = compare(late, zero) > 0;
  const isSmall = below !== null && isDearer && compare(late, decimal(below)) < 0;
  const amount = sub(isSmall ? late : zero, billed?.writtenOff ?? zero);
  if (isZero(amount)) return null;
  const reason = isSmall ? policy.reason : whyNoLonger(isDearer, below);
  const { version: policy_version } = policy;
  return { amount: toText(amount), late: toText(late), below, policy_version, reason };
}

/** What a transaction asks the customer for: what it posts, less what it writes off. */
export function askedBy({
  shares,
  written_off,
}: Pick<Evidence, "shares" | "written_off">): Decimal {
  const posted = sum(shares.map(({ amount }) => decimal(amount)));
  return written_off === null ? posted : sub(posted, decimal(written_off.amount));
}

function whyNoLonger(isDearer: boolean, below: string | null): string {
  if (!isDearer) return "late usage makes it no dearer in all";
  return below === null
    ? "nothing is written off any more"
    : `all that came late is no longer below ${below}`;
}

const zero = decimal("0");
