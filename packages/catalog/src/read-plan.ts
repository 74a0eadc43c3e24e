import { currency as currencyOf } from "@tallybook/money";
import type { PlanDraft } from "./document.ts";
import { Entry } from "./entry.ts";
import type { Price } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { planDetails } from "./objects/plan-details.ts";
import { faultAround, readAround } from "./read-around.ts";
import { readCharge } from "./read-charge.ts";
import { faultCharge, freeOfCharge } from "./read-price.ts";
import { faultRepeats } from "./repeats.ts";

export function readPlan(json: unknown, at: string, faults: Faults): PlanDraft {
  const entry = new Entry(json, at, faults);
  const plan = entry.text("plan", "name");
  const draft = {
    plan,
    name: entry.text("name", "id", plan),
    currency: readCurrency(entry),
    prices: entry.list("prices", readPrice),
    effective_at: entry.timeOrNull("effective_at"),
    details: planDetails.read(entry),
    archived: entry.flag("archived"),
  };
  entry.end();
  if (draft.prices.length === 0) {
    entry.fault(
      "prices",
      "missing",
      "it needs at least one price; a flat one of 0 where it is free",
    );
  }
  const prices = entry.path("prices");
  faultRepeats(prices, draft.prices, ({ price }) => price, "price", faults);
  faultRepeats(prices, draft.prices, ({ meter }) => meter, "meter", faults);
  return draft;
}

/** A code of ISO 4217; the fallback where there is none. */
export function readCurrency(entry: Entry, fallback?: string): string {
  const code = entry.text("currency", "id", fallback);
  if (currencyOf(code) === undefined) {
    const detail = "it must be a currency code of ISO 4217 in capitals, such as USD";
    entry.fault("currency", "unknown_currency", detail);
  }
  return code;
}

function readPrice(json: unknown, at: string, faults: Faults): Price {
  const entry = new Entry(json, at, faults);
  const price = entry.text("price", "name");
  const charge = readCharge(entry);
  const draft = {
    price,
    meter: entry.textOrNull("meter", "name"),
    charge: charge ?? freeOfCharge,
    description: entry.text("description", "id", price),
  } as const;
  const around = readAround(entry);
  entry.end();
  // What else has to be there depends on the model.
  if (charge === undefined) return draft;
  if (charge.model === "flat" && draft.meter !== null) {
    entry.fault("meter", "not_of_model", "a flat price has no meter: leave it out");
  }
  // What the meter counts is looked at where it is known: as far as it goes here, it may be anything.
  faultCharge(entry, charge, draft.meter === null ? "none" : "money");
  faultAround(entry, around, charge, draft.meter !== null);
  return around === null ? draft : { ...draft, around };
}
