import type { CatalogFact } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import {
  calendarOf,
  coupon,
  couponApplied,
  customer,
  fee,
  feeInAdvance,
  latePolicy,
  perUnit,
  plan,
  subscription,
  system,
  tiered,
} from "@tallybook/testkit/facts";

import { second, start } from "./traffic.ts";

const day = 86_400 * second;
const days = calendarOf("day", "UTC", { kind: "anniversary" });

/** A day that ends so many seconds behind the simulation's beginning. */
function endingAt(seconds: number): string {
  return formatTime(start - day + seconds * second);
}

function said(collection: string, id: string, body: Record<string, string>): CatalogFact {
  return { kind: "ObjectRevised", ...system, collection, id, version: 1, archived: false, body };
}

/**
 * Customers with several subscriptions whose days end one behind the other, all on one day by their clocks: one of the meters may be
 * unknown for long, so that a plan without a fee leaves nothing in the journal. Of one tenant all have one invoice, of the other one has.
 */
export function groupedCustomers(): CatalogFact[] {
  const calls = perUnit("calls", "calls", "0.07", "3");
  const tokens = tiered("graduated", "tokens", "tokens", [
    ["5", "500000"],
    [null, "300000"],
  ]);
  const facts: CatalogFact[] = [
    customer("c1"),
    customer("c2"),
    plan("calling", [fee("base", "31.005"), calls]),
    plan("writing", [fee("base", "7.004"), tokens]),
    plan("seat", [feeInAdvance("seat", "3.333")]),
    plan("bare", [calls]),
    subscription("s1", "c1", "calling", endingAt(60.5), null, days),
    subscription("s2", "c1", "writing", endingAt(150), null, days),
    subscription("s3", "c1", "seat", endingAt(90), null, days),
    subscription("s4", "c2", "bare", endingAt(30), null, days),
    subscription("s5", "c2", "writing", endingAt(30), null, days),
    coupon("third", { percent_off: "33.333" }),
    couponApplied("third", "c1", formatTime(start - 2 * day)),
  ];
  const sayings: CatalogFact[] = [
    { ...said("document_settings", "invoices", { invoice_grouping: "customer" }), tenant: "a" },
    { ...said("customers", "c2", { name: "c2", invoice_grouping: "customer" }), tenant: "b" },
    latePolicy({ tenant: "a", write_off_below: [{ currency: "USD", amount: "0.02" }] }),
  ];
  return [
    ...["a", "b"].flatMap((tenant) => facts.map((fact) => ({ ...fact, tenant }))),
    ...sayings,
  ];
}
