import { isMonthStart } from "@tallybook/periods";
import type { CustomerDraft, SubscriptionDraft } from "./document.ts";
import { Entry } from "./entry.ts";
import type { Faults } from "./faults.ts";
import { readCurrency } from "./read-plan.ts";

export function readCustomer(json: unknown, at: string, faults: Faults): CustomerDraft {
  const entry = new Entry(json, at, faults);
  const customer = entry.text("customer", "id");
  const draft = {
    customer,
    name: entry.text("name", "id", customer),
    currency: readCurrency(entry, "USD"),
  };
  entry.end();
  return draft;
}

export function readSubscription(json: unknown, at: string, faults: Faults): SubscriptionDraft {
  const entry = new Entry(json, at, faults);
  const customer = entry.text("customer", "id");
  const plan = entry.text("plan", "name");
  const draft = {
    subscription: entry.textOrMade("subscription", "id", `${customer}:${plan}`),
    customer,
    plan,
    start: entry.time("start"),
    end: entry.timeOrNull("end"),
  };
  entry.end();
  checkMonthStart(entry, "start", draft.start);
  if (draft.end !== null) {
    checkMonthStart(entry, "end", draft.end);
    if (draft.end <= draft.start) {
      entry.fault("end", "not_after_start", "it must be after the start, which is the first month");
    }
  }
  return draft;
}

function checkMonthStart(entry: Entry, key: string, time: number): void {
  if (isMonthStart(time)) return;
  const detail = "periods are whole months of UTC: it must be the first instant of one";
  entry.fault(key, "not_month_start", detail);
}
