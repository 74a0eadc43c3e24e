import { prorations } from "@tallybook/periods";
import type { CustomerDraft, SubscriptionDraft } from "./document.ts";
import { Entry } from "./entry.ts";
import type { FeeProration } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { customerProfiles } from "./objects/customer-profiles.ts";
import { readCalendar, readZone, usualCalendar } from "./read-calendar.ts";
import { readCurrency } from "./read-plan.ts";
import { readTimeline } from "./read-terms.ts";

const feeProrations: readonly FeeProration[] = ["none", ...prorations];

export function readCustomer(json: unknown, at: string, faults: Faults): CustomerDraft {
  const entry = new Entry(json, at, faults);
  const customer = entry.text("customer", "id");
  const profile = customerProfiles.read(entry);
  const draft = {
    customer,
    name: profile.name,
    currency: readCurrency(entry, "USD"),
    time_zone: readZone(entry, "time_zone", "UTC"),
    profile,
    unsaid: ["currency", "time_zone", ...Object.keys(profile)].filter(
      (field) => !entry.isSaid(field),
    ),
    archived: entry.isSaid("archived") ? entry.flag("archived") : null,
  };
  entry.end();
  return draft;
}

export function readSubscription(json: unknown, at: string, faults: Faults): SubscriptionDraft {
  const entry = new Entry(json, at, faults);
  const customer = entry.text("customer", "id");
  const plan = entry.text("plan", "name");
  const start = entry.time("start");
  const draft = {
    subscription: entry.textOrMade("subscription", "id", `${customer}:${plan}`),
    customer,
    plan,
    start,
    end: entry.timeOrNull("end"),
    calendar: entry.objectOrNull("calendar", readCalendar) ?? usualCalendar,
    proration: entry.oneOfOrNull("proration", feeProrations) ?? "by_second",
    terms: readTimeline(entry, plan, start),
  };
  entry.end();
  if (draft.end !== null && draft.end <= draft.start) {
    entry.fault("end", "not_after_start", "it must be after the start; leave it out while open");
  }
  return draft;
}
