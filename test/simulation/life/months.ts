import { emptyCatalog, plan, validateDocument } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import type { MemoryLog } from "@tallybook/log";
import { parseTime } from "@tallybook/periods";
import { settings, system } from "@tallybook/testkit/facts";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import type { Traffic } from "../traffic.ts";

/** Steps of the world between one month's end and the next. */
export const stepsOfMonth = 60;

/**
 * Customers of a vendor with three series of invoices: two entities with numbers of their own, of which one owes a tax, and the tenant's. They pay
 * fees alone. Of every third, what is billed is to be paid at once; of every other third, within twenty days.
 */
export function vendor(tenant: string, customers: number): CatalogFact[] {
  const names = Array.from({ length: customers }, (_, nth) => `c${nth + 1}`);
  return factsOf(tenant, {
    entities: [
      { entity: "gmbh", country: "DE", numbering: { invoices: "EU-", digits: "4" } },
      {
        entity: "inc",
        country: "US",
        payment_days: "20",
        numbering: { invoices: "US-", digits: "1" },
      },
    ],
    tax_rates: [{ tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: "19" }],
    plans: [
      { plan: "small", currency: "USD", prices: [flat("base", "19.99")] },
      { plan: "large", currency: "USD", prices: [flat("base", "100"), flat("seats", "33.335")] },
    ],
    customers: names.map((customer, nth) => ({ customer, currency: "USD", ...ofEntity(nth) })),
    subscriptions: names.map((customer, nth) => ({
      subscription: `s${nth + 1}`,
      customer,
      plan: nth % 2 === 0 ? "small" : "large",
      start: "2023-11-01T00:00:00Z",
    })),
  });
}

/** What a document comes to, for a tenant. */
export function factsOf(tenant: string, document: object): CatalogFact[] {
  const read = validateDocument(document);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(emptyCatalog(), read.document, { tenant, actor: "test", now: 0 });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return [...planned.facts];
}

function flat(price: string, amount: string): object {
  return { price, model: "flat", amount };
}

function ofEntity(nth: number): object {
  if (nth % 3 === 0) return { entity: "gmbh", country: "DE", payment_days: "0" };
  return nth % 3 === 1 ? { entity: "inc", country: "US" } : { country: "US" };
}

/** Nobody uses anything: month after month passes, each with a cut behind its end. */
export function monthByMonth(facts: readonly CatalogFact[]): (log: MemoryLog) => Traffic {
  return (log) => {
    function toCatalog(fact: Fact): void {
      const record = { topic: topics.catalog, partition: 0, key: null, value: encode(fact) };
      void log.producer().then((producer) => producer.send([record]));
    }
    const to = (time: number) => toCatalog({ kind: "ClockAdvanced", ...system, tenant: "", time });
    const requestCut = () =>
      toCatalog({ kind: "CutRequested", ...system, reason: "a month is over" });
    toCatalog({ ...settings(0), cut_interval_seconds: 400 * 86_400 } as Fact);
    to(beginOf(0));
    facts.forEach(toCatalog);
    let [steps, month] = [0, 0];
    return {
      act() {
        steps += 1;
        if (steps % stepsOfMonth !== 0) return;
        month += 1;
        to(beginOf(month) + hour);
        requestCut();
      },
      requestCut,
    };
  };
}

const hour = 3_600_000_000;

/** Of so many months behind November 2023, microseconds. */
function beginOf(month: number): number {
  const at = parseTime(new Date(Date.UTC(2023, 10 + month, 1)).toISOString());
  if (at === undefined) throw new Error(`no month ${month}`);
  return at;
}
