import type { Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { CustomerCreated, MeterPublished, ObjectRevised, PlanPublished } from "../facts.ts";
import { objectsOf } from "../lookups.ts";
import { customerProfiles, type CustomerProfile, usualProfile } from "./customer-profiles.ts";
import { planDetails, type PlanDetails, usualDetails } from "./plan-details.ts";
import { wholeBody } from "./read-objects.ts";

/** What a plan is besides its prices: at a time, or as last said. */
export function planDetailsOf(
  catalog: Catalog,
  { tenant, plan }: Pick<PlanPublished, "tenant" | "plan">,
  at?: Micros,
): PlanDetails & Archivable {
  const version = shownAt(objectsOf(catalog, tenant, "plan_details").get(plan), at);
  const details = version === undefined ? usualDetails : wholeBody(planDetails, version);
  return { ...(details as PlanDetails), archived: version?.archived ?? false };
}

/** Whether nothing new may refer to a meter: at a time, or as last said. */
export function isMeterArchived(
  catalog: Catalog,
  { tenant, meter }: Pick<MeterPublished, "tenant" | "meter">,
  at?: Micros,
): boolean {
  return shownAt(objectsOf(catalog, tenant, "meter_details").get(meter), at)?.archived ?? false;
}

/** What is known of a customer: at a time, or as last said. */
export function customerFieldsOf(
  catalog: Catalog,
  { tenant, customer, name, currency, time_zone }: CustomerCreated,
  at?: Micros,
): CustomerProfile & Archivable & Pick<CustomerCreated, "currency" | "time_zone"> {
  const version = shownAt(objectsOf(catalog, tenant, "customers").get(customer), at);
  const profile = version === undefined ? usualProfile(name) : wholeBody(customerProfiles, version);
  const archived = version?.archived ?? false;
  return { currency, time_zone, ...(profile as CustomerProfile), archived };
}

interface Archivable {
  readonly archived: boolean;
}

function shownAt(
  versions: readonly ObjectRevised[] = [],
  at: Micros | undefined,
): ObjectRevised | undefined {
  return at === undefined ? versions.at(-1) : versionAt(versions, at);
}
