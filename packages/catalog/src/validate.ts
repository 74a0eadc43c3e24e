import type { Fault } from "@tallybook/pricing";
import type { CatalogDocument } from "./document.ts";
import { Entry } from "./entry.ts";
import { Faults } from "./faults.ts";
import { readObjects } from "./objects/read-objects.ts";
import { readCustomer, readSubscription } from "./read-customer.ts";
import { readMeter } from "./read-meter.ts";
import { readPlan } from "./read-plan.ts";
import { faultRepeats } from "./repeats.ts";

export type Validated =
  | { readonly ok: true; readonly document: CatalogDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads a document of meters, plans, customers, subscriptions and whatever else there are collections
 * of, or says all that is wrong with it. Every number is a text, as it stands in the source; a JSON number has been through a float
 * and is refused. What it refers to is looked up by `plan`.
 */
export function validateDocument(json: unknown): Validated {
  const faults = new Faults();
  const root = new Entry(json, "", faults);
  const document = {
    meters: root.list("meters", readMeter),
    plans: root.list("plans", readPlan),
    customers: root.list("customers", readCustomer),
    subscriptions: root.list("subscriptions", readSubscription),
    objects: readObjects(root, faults),
  };
  root.end();
  faultRepeats("meters", document.meters, ({ meter }) => meter, "meter", faults);
  faultRepeats("plans", document.plans, ({ plan }) => plan, "plan", faults);
  faultRepeats("customers", document.customers, ({ customer }) => customer, "customer", faults);
  faultRepeats(
    "subscriptions",
    document.subscriptions,
    ({ subscription }) => subscription,
    "subscription",
    faults,
  );
  const list = faults.list();
  return list.length === 0 ? { ok: true, document } : { ok: false, faults: list };
}
