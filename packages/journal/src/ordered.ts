import { adjustmentsBetween, adjustmentsOf, subscriptionOf } from "@tallybook/catalog";
import type { AdjustmentOrdered, Catalog } from "@tallybook/catalog";
import { decimal } from "@tallybook/money";

import { isOrdered } from "./apply.ts";
import { soldTo } from "./attribute.ts";
import type { Transaction } from "./canonical.ts";
import { accounts, orderedCause, unescapeName } from "./names.ts";
import { isRatingStep } from "./plan.ts";
import type { StepBasis } from "./plan.ts";
import { identified, owed } from "./post.ts";
import { unrated } from "./unrated.ts";

/** The adjustments that were ordered since the last cut, each as a transaction of its own. */
export function orderedAdjustments(basis: StepBasis): Transaction[] {
  if (!isRatingStep(basis)) return [];
  const { begun, ledger, catalogAt } = basis;
  const catalog = catalogAt(begun.catalog_offset);
  return adjustmentsBetween(catalog, ledger.catalogOffset, begun.catalog_offset).flatMap(
    ({ fact }) => transactionOf(basis, catalog, fact) ?? [],
  );
}

/** What a transaction was ordered by; undefined for one that nobody ordered. */
export function orderOf(
  catalog: Catalog,
  posted: Pick<Transaction, "tenant" | "transaction_kind" | "evidence" | "cause">,
): AdjustmentOrdered | undefined {
  if (!isOrdered(posted)) return undefined;
  const id = unescapeName(posted.cause.split("/").at(-1) ?? "");
  return adjustmentsOf(catalog, posted.tenant).get(id)?.fact;
}

/** Plan and contract are those that its period goes by as things stand: they say whose money it is, not how much. */
function transactionOf(
  basis: StepBasis,
  catalog: Catalog,
  { tenant, adjustment, subscription: name, period_from, period_to, amount }: AdjustmentOrdered,
): Transaction | undefined {
  const { begun } = basis;
  const subscription = subscriptionOf(catalog, tenant, name);
  const sold = subscription && soldTo(subscription, period_from, catalog);
  if (subscription === undefined || sold === undefined) return undefined;
  const { plan, prices } = sold;
  const { customer } = subscription;
  return {
    ...identified("adjustment", orderedCause(tenant, adjustment), basis),
    tenant,
    currency: plan.currency,
    postings: owed(customer, accounts.adjustments(plan.plan), decimal(amount)),
    adjusts: null,
    evidence: {
      ...unrated,
      cut: begun.cut,
      catalog_offset: begun.catalog_offset,
      customer,
      subscription: name,
      contract: prices[0]?.contract ?? null,
      contract_version: prices[0]?.contract_version ?? null,
      plan: plan.plan,
      plan_version: plan.version,
      period_from,
      period_to,
      quantity: "0",
      amount,
      shares: [{ dimensions: {}, quantity: "0", amount }],
    },
  };
}
