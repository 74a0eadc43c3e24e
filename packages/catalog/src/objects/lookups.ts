import type { Micros } from "@tallybook/periods";
import { usualMapping, versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { CustomerCreated, MeterPublished, ObjectRevised, PlanPublished } from "../facts.ts";
import { customerOf, objectsOf } from "../lookups.ts";
import { customerProfiles, type CustomerProfile, usualProfile } from "./customer-profiles.ts";
import {
  documentKind,
  documentSettings,
  type DocumentSettings,
  type InvoiceGrouping,
  usualDocumentSettings,
} from "./document-settings.ts";
import { doorMappings, type DoorMapping } from "./doors.ts";
import { planDetails, type PlanDetails, usualDetails } from "./plan-details.ts";
import { wholeBody } from "./read-objects.ts";
import { remindedKind, reminderSchedules, type ReminderSchedule } from "./reminder-schedules.ts";
import { type WebhookEndpoint, webhookEndpoints } from "./webhook-endpoints.ts";

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

/** What a tenant's documents look like: at a time, or as last said. */
export function documentSettingsOf(
  catalog: Catalog,
  tenant: string,
  at?: Micros,
): DocumentSettings {
  const all = objectsOf(catalog, tenant, documentSettings.collection);
  const version = shownAt(all.get(documentKind), at);
  if (version === undefined || version.archived) return usualDocumentSettings;
  return wholeBody(documentSettings, version) as DocumentSettings;
}

/** How many days after they should have been paid a tenant's invoices are reminded of, growing, as last said; none where nobody said. */
export function reminderDaysOf(catalog: Catalog, tenant: string): readonly number[] {
  const latest = objectsOf(catalog, tenant, reminderSchedules.collection).get(remindedKind)?.at(-1);
  if (latest === undefined || latest.archived) return [];
  return (wholeBody(reminderSchedules, latest) as ReminderSchedule).days.map(Number);
}

/** How a tenant's items are read at a front door at a time. */
export function doorMappingOf(
  catalog: Catalog,
  tenant: string,
  door: string,
  at: Micros,
): DoorMapping {
  const version = shownAt(objectsOf(catalog, tenant, doorMappings.collection).get(door), at);
  if (version === undefined || version.archived) return usualMapping;
  return wholeBody(doorMappings, version) as DoorMapping;
}

/** Whether a customer has an invoice for each subscription or one for all that end on a day, at a time. */
export function invoiceGroupingOf(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
  at: Micros,
): InvoiceGrouping {
  const created = customerOf(catalog, tenant, customer);
  const own = created && customerFieldsOf(catalog, created, at).invoice_grouping;
  return own ?? documentSettingsOf(catalog, tenant, at).invoice_grouping;
}

/** An endpoint as it stands at a time. */
export interface StandingEndpoint extends WebhookEndpoint {
  readonly tenant: string;
  readonly endpoint: string;
  readonly version: number;
  readonly archived: boolean;
}

/** A tenant's endpoints of webhooks, archived ones too, at a time. */
export function webhookEndpointsOf(
  catalog: Catalog,
  tenant: string,
  at: Micros,
): readonly StandingEndpoint[] {
  return [...objectsOf(catalog, tenant, webhookEndpoints.collection).keys()].flatMap(
    (endpoint) => webhookEndpointOf(catalog, { tenant, endpoint }, at) ?? [],
  );
}

/** One of them, archived or not, at a time. */
export function webhookEndpointOf(
  catalog: Catalog,
  { tenant, endpoint }: Pick<StandingEndpoint, "tenant" | "endpoint">,
  at: Micros,
): StandingEndpoint | undefined {
  const all = objectsOf(catalog, tenant, webhookEndpoints.collection);
  const shown = shownAt(all.get(endpoint), at);
  if (shown === undefined) return undefined;
  const { version, archived } = shown;
  const body = wholeBody(webhookEndpoints, shown) as WebhookEndpoint;
  return { ...body, tenant, endpoint, version, archived };
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
