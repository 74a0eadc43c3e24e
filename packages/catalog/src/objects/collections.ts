import type { Collection } from "./collection.ts";
import { contracts } from "./contracts.ts";
import { coupons } from "./coupons.ts";
import { customerProfiles } from "./customer-profiles.ts";
import { doorMappings } from "./doors.ts";
import { documentSettings } from "./document-settings.ts";
import { entities } from "./entities.ts";
import { expectedBills } from "./expected-bills.ts";
import { features } from "./features.ts";
import { markets } from "./markets.ts";
import { meterDetails } from "./meter-details.ts";
import { models } from "./models.ts";
import { planDetails } from "./plan-details.ts";
import { products } from "./products.ts";
import { reminderSchedules } from "./reminder-schedules.ts";
import { shadows } from "./shadows.ts";
import { stripeAccounts } from "./stripe-accounts.ts";
import { stripeCustomers } from "./stripe-customers.ts";
import { taxCalculators } from "./tax-calculators.ts";
import { taxRates } from "./tax-rates.ts";
import { webhookEndpoints } from "./webhook-endpoints.ts";

/** Every collection, each before those that refer to it: to add one, write its reader and name it here. */
export const collections: readonly Collection[] = [
  meterDetails,
  entities,
  taxRates,
  taxCalculators,
  markets,
  products,
  features,
  models,
  planDetails,
  coupons,
  customerProfiles,
  stripeAccounts,
  stripeCustomers,
  contracts,
  shadows,
  expectedBills,
  webhookEndpoints,
  documentSettings,
  reminderSchedules,
  doorMappings,
];

/** Those with a section of their own in a document. */
export const sections: readonly Collection[] = collections.filter(({ within }) => within === null);

/** Throws where there is no such collection: names that people give are looked up in the list. */
export function collectionOf(name: string): Collection {
  const found = collections.find(({ collection }) => collection === name);
  if (found === undefined) throw new Error(`there is no collection ${name}`);
  return found;
}
