import type { Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog, Subscription } from "../catalog.ts";
import { objectsOf, subscriptionsOf } from "../lookups.ts";
import type { Feature } from "./features.ts";
import type { Entitlement, PlanDetails } from "./plan-details.ts";

/** What a customer may do at a time, and by what. */
export interface CustomerEntitlement extends Entitlement {
  readonly type: Feature["type"];
  /** metered: what counts up to the value. */
  readonly meter: string | null;
  readonly subscription: string;
  /** The plan or the add-on. */
  readonly plan: string;
  /** Of the plan, or of the add-on: how many the customer has. */
  readonly quantity: string;
}

/** By the plans and add-ons of the customer's subscriptions that last at the time, as they are then; of paused ones nothing. */
export function entitlementsOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
  at: Micros,
): CustomerEntitlement[] {
  return subscriptionsOf(catalog, tenant, customer).flatMap((subscription) =>
    takenIn(subscription, at).flatMap(({ plan, quantity }) =>
      detailsAt(catalog, tenant, plan, at).flatMap((entitlement) => {
        const feature = featureAt(catalog, tenant, entitlement.feature, at);
        if (feature === undefined) return [];
        const { type, meter } = feature;
        const of = { type, meter, subscription: subscription.subscription, plan, quantity };
        return [{ ...entitlement, ...of }];
      }),
    ),
  );
}

/** The plan and the add-ons that a subscription is on. */
function takenIn({ start, end, terms }: Subscription, at: Micros) {
  const on = terms.findLast(({ from }) => from <= at);
  if (on === undefined || on.paused || at < start || (end !== null && at >= end)) return [];
  return [{ plan: on.plan, quantity: on.quantity }, ...on.add_ons];
}

function detailsAt(
  catalog: Catalog,
  tenant: string,
  plan: string,
  at: Micros,
): readonly Entitlement[] {
  const versions = objectsOf(catalog, tenant, "plan_details").get(plan) ?? [];
  const details = versionAt(versions, at)?.body as PlanDetails | undefined;
  return details?.entitlements ?? [];
}

function featureAt(catalog: Catalog, tenant: string, id: string, at: Micros) {
  const versions = objectsOf(catalog, tenant, "features").get(id) ?? [];
  return (versionAt(versions, at) ?? versions[0])?.body as Feature | undefined;
}
