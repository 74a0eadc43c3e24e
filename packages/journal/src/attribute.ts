import {
  billingPeriodAt,
  customerOf,
  meterVersionFor,
  pricesFor,
  subscriptionOf,
  subscriptionsOf,
  termsAt,
} from "@tallybook/catalog";
import type { Catalog, SoldPlan, Subscription } from "@tallybook/catalog";
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
  | "paused"
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

/** What a period of a subscription is billed by that begins at the time: what it is on then, in the versions in effect. */
export function soldTo(
  subscription: Subscription,
  from: Micros,
  catalog: Catalog,
): SoldPlan | undefined {
  const { tenant, customer } = subscription;
  const terms = termsAt(subscription, from);
  return terms && pricesFor(catalog, tenant, customer, terms, from);
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
  const standing = standingAt(named, timeOf(use));
  if (standing !== "active") return unattributed(standing);
  return prices(named, use, known)
    ? { kind: "attributed", subscription: named }
    : unattributed("no_price");
}

function attributeUnnamed(
  use: Use,
  subscriptions: readonly Subscription[],
  known: Known,
): Attribution {
  const standings = subscriptions.map((subscription) => standingAt(subscription, timeOf(use)));
  const active = subscriptions.filter((_, index) => standings[index] === "active");
  const [only, ...others] = active.filter((subscription) => prices(subscription, use, known));
  if (others.length > 0) return unattributed("several_subscriptions");
  if (only !== undefined) return { kind: "attributed", subscription: only };
  if (active.length > 0) return unattributed("no_price");
  for (const reason of ["paused", "before_activation", "after_end"] as const)
    if (standings.includes(reason)) return unattributed(reason);
  return unattributed("no_subscription");
}

function standingAt(
  subscription: Subscription,
  at: Micros,
): "active" | "before_activation" | "after_end" | "paused" {
  const { begins, end } = subscription;
  if (begins === null || at < begins) return "before_activation";
  if (end !== null && at >= end) return "after_end";
  return termsAt(subscription, at)?.paused === true ? "paused" : "active";
}

function prices(subscription: Subscription, use: Use, { catalog, rated }: Known): boolean {
  const own = rated.find((period) => period.subscription === subscription.subscription);
  const { from } = own ?? billingPeriodAt(subscription, timeOf(use)) ?? { from: timeOf(use) };
  const sold = soldTo(subscription, from, catalog);
  if (sold === undefined) return false;
  return (
    sold.prices.some(({ meter }) => meter === use.meter) ||
    sold.prices.some(({ meter }) => isPartOf(meter, use, catalog, from))
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
