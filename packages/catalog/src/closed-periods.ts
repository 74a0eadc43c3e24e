import { formatTime, type Micros } from "@tallybook/periods";
import { billingPeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import type { PlanPublished } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { settingsOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { openFrom } from "./standing.ts";

/** Why nothing can hold from then on for these subscriptions: a period that began later may be billed. Undefined where none did. */
export function closedFault(
  catalog: Catalog,
  subscriptions: Iterable<Subscription>,
  effective_at: Micros,
  now: Micros,
): string | undefined {
  const grace = (settingsOf(catalog)?.grace_seconds ?? 0) * 1_000_000;
  for (const subscription of subscriptions) {
    const closed = lastClosed(subscription, now, grace);
    if (closed !== undefined && effective_at <= closed)
      return `the period of subscription ${subscription.subscription} that began ${formatTime(closed)} may be billed already: write a later effective_at, and order an adjustment (POST /v1/adjustments) for what was billed otherwise`;
  }
  return undefined;
}

/** A further version of a plan changes nothing that may be billed: a period goes by what was in effect when it began. */
export function faultClosedPlans(
  catalog: Catalog,
  { plans }: CatalogDocument,
  facts: readonly PlanPublished[],
  { tenant, now }: Asked,
  faults: Faults,
): void {
  for (const { plan, version, effective_at } of facts) {
    if (version === 1 || effective_at >= now) continue;
    const all = catalog.tenants.get(tenant)?.subscriptions.values() ?? [];
    const taken = [...all].filter(({ terms }) =>
      terms.some((each) => [each, ...each.add_ons].some((of) => of.plan === plan)),
    );
    const detail = closedFault(catalog, taken, effective_at, now);
    if (detail === undefined) continue;
    const index = plans.findIndex((draft) => draft.plan === plan);
    faults.add(`plans[${index}].effective_at`, "closed_period", detail);
  }
}

/** Where the last period of a subscription begins that may have been rated. */
function lastClosed(subscription: Subscription, now: Micros, grace: Micros): Micros | undefined {
  const open = openFrom(subscription, now, grace) ?? subscription.end;
  return open === null ? undefined : billingPeriodAt(subscription, open - 1)?.from;
}
