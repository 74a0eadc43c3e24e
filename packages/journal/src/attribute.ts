import {
  billingPeriodAt,
  customerOf,
  meterVersionFor,
  planVersionFor,
  subscriptionOf,
  subscriptionsOf,
} from "@tallybook/catalog";
import type { Catalog, PlanPublished, Subscription } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import { timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { customerKey } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { ratedAt } from "./rated.ts";
import type { RatedPeriod } from "./rated.ts";

/** Why nobody is billed for a usage row. */
export type UnattributedReason =
  | "no_customer"
  | "no_subscription"
  | "before_activation"
  | "after_end"
  | "other_customer"
  | "several_subscriptions"
  | "no_price"
  | "already_rated";

export type Attribution =
  | { readonly kind: "attributed"; readonly subscription: Subscription }
  | { readonly kind: "unattributed"; readonly reason: UnattributedReason };

export type Owner =
  /** In a period that is rated: with the catalog of its first rating. */
  | { readonly kind: "rated"; readonly rated: RatedPeriod }
  /** In a period that is not rated yet. */
  | { readonly kind: "open"; readonly subscription: Subscription }
  | { readonly kind: "unattributed"; readonly reason: UnattributedReason };

type Use = Pick<UsageRow, "tenant" | "customer" | "subscription" | "meter" | "slot" | "event">;

/**
 * Whose usage a row is, by one catalog. A named subscription must be the customer's, active at its time, and price the
 * meter; unnamed usage goes to the only active subscription of the customer that prices the meter. `rated` are the periods of
 * the customer's subscriptions that hold the time and have been rated: where they begin is asked of nobody else.
 */
export function attribute(use: Use, catalog: Catalog, rated: Known["rated"] = []): Attribution {
  if (customerOf(catalog, use.tenant, use.customer) === undefined)
    return unattributed("no_customer");
  const subscriptions = subscriptionsOf(catalog, use.tenant, use.customer);
  return use.subscription === ""
    ? attributeUnnamed(use, subscriptions, { catalog, rated })
    : attributeNamed(use, subscriptions, { catalog, rated });
}

/**
 * Who is billed for a row, for good. What a first rating took stays with it, by the catalog it was rated with: of the
 * customer's rated periods that hold its time, in the order of their rating, the first that would take the row owns it.
 * Only then the catalog of today is asked. So a subscription made in retrospect can take over nothing that is billed.
 */
export function ownerOf(
  use: Use,
  {
    ledger,
    catalogAt,
    catalog,
  }: { ledger: Ledger; catalogAt: (offset: number) => Catalog; catalog: Catalog },
): Owner {
  const time = timeOf(use);
  const rated = (ledger.ratedByCustomer.get(customerKey(use.tenant, use.customer)) ?? [])
    .flatMap((each) => ratedAt(each, time) ?? [])
    .sort((a, b) => a.seq - b.seq);
  for (const period of rated) {
    const claim = attribute(use, catalogAt(period.catalog_offset), rated);
    if (claim.kind === "attributed" && claim.subscription.subscription === period.subscription)
      return { kind: "rated", rated: period };
  }
  const today = attribute(use, catalog, rated);
  if (today.kind === "unattributed") return today;
  const { subscription } = today.subscription;
  return rated.some((period) => period.subscription === subscription)
    ? unattributed("already_rated")
    : { kind: "open", subscription: today.subscription };
}

/** The version of a subscription's plan that rates a period: the one in effect at its start. */
export function planOf(
  catalog: Catalog,
  tenant: string,
  plan: string,
  from: Micros,
): PlanPublished | undefined {
  return planVersionFor(catalog, tenant, plan, from);
}

interface Known {
  readonly catalog: Catalog;
  readonly rated: readonly Pick<RatedPeriod, "subscription" | "from">[];
}

function attributeNamed(
  use: Use,
  subscriptions: readonly Subscription[],
  known: Known,
): Attribution {
  const named = subscriptions.find(({ subscription }) => subscription === use.subscription);
  if (named === undefined) {
    return unattributed(
      subscriptionOf(known.catalog, use.tenant, use.subscription) === undefined
        ? "no_subscription"
        : "other_customer",
    );
  }
  if (timeOf(use) < named.start) return unattributed("before_activation");
  if (!isActive(named, timeOf(use))) return unattributed("after_end");
  return prices(named, use, known)
    ? { kind: "attributed", subscription: named }
    : unattributed("no_price");
}

function attributeUnnamed(
  use: Use,
  subscriptions: readonly Subscription[],
  known: Known,
): Attribution {
  const active = subscriptions.filter((subscription) => isActive(subscription, timeOf(use)));
  const [only, ...others] = active.filter((subscription) => prices(subscription, use, known));
  if (others.length > 0) return unattributed("several_subscriptions");
  if (only !== undefined) return { kind: "attributed", subscription: only };
  if (active.length > 0) return unattributed("no_price");
  if (subscriptions.some(({ start }) => timeOf(use) < start))
    return unattributed("before_activation");
  return unattributed(subscriptions.length > 0 ? "after_end" : "no_subscription");
}

function isActive(subscription: Subscription, at: Micros): boolean {
  return subscription.start <= at && (subscription.end === null || at < subscription.end);
}

function prices(subscription: Subscription, use: Use, { catalog, rated }: Known): boolean {
  const own = rated.find((period) => period.subscription === subscription.subscription);
  const { from } = own ?? billingPeriodAt(subscription, timeOf(use)) ?? { from: timeOf(use) };
  const plan = planOf(catalog, use.tenant, subscription.plan, from);
  if (plan === undefined) return false;
  return (
    plan.prices.some(({ meter }) => meter === use.meter) ||
    plan.prices.some(({ meter }) => isPartOf(meter, use, catalog, from))
  );
}

/** A price over a composite is over all that it is made of, as its version says in which the period begins. */
function isPartOf(composite: string | null, use: Use, catalog: Catalog, from: Micros): boolean {
  if (composite === null) return false;
  const parts = meterVersionFor(catalog, use.tenant, composite, from)?.parts ?? [];
  return parts.some(({ meter }) => meter === use.meter);
}

function unattributed(reason: UnattributedReason): {
  readonly kind: "unattributed";
  readonly reason: UnattributedReason;
} {
  return { kind: "unattributed", reason };
}
