import type { AroundSpec } from "@tallybook/pricing";
import { Entry } from "../entry.ts";
import type { PlainJson, Price } from "../facts.ts";
import { Faults } from "../faults.ts";
import { checkPrice, type MeterSeen } from "../check-price.ts";
import { priceDocument } from "../price-document.ts";
import { faultAround, readAround } from "../read-around.ts";
import { readCharge } from "../read-charge.ts";
import { faultCharge, freeOfCharge } from "../read-price.ts";
import { faultRepeats } from "../repeats.ts";
import type { Collection, Reference, Settling } from "./collection.ts";
import { plainJson } from "./plain-json.ts";
import { dayIn, textsIn, timeTextIn } from "./read-texts.ts";

/** What a customer has signed. Versions are numbered; the one in force is evidence on every line. */
export type Contract = {
  readonly name: string;
  readonly customer: string;
  /** `2023-11-01`. */
  readonly signed_on: string;
  /** Exclusive, RFC 3339; null: open. */
  readonly ends_at: string | null;
  /** Instead of the prices of that name in the plans. */
  readonly overrides: readonly PriceOverride[];
  /** pass_through: what providers charge is passed on; bundled: what is charged holds it. */
  readonly stance: "pass_through" | "bundled";
  /** Whose count of tokens counts. */
  readonly token_basis: "provider_count" | "own_count";
  /** follow: prices that are not overridden change with the plan; frozen: they are those of when the version took effect. */
  readonly price_changes: "follow" | "frozen";
  /** How what was billed wrongly is put right. */
  readonly corrections: "next_invoice" | "credit_note";
  readonly metadata: Readonly<Record<string, string>>;
};

/** The fields of the price's charge stand beside these, as in a plan. */
export type PriceOverride = {
  readonly plan: string;
  readonly price: string;
  /** Null: the plan's. */
  readonly description: string | null;
} & { readonly [name: string]: PlainJson };

export const contracts: Collection<Contract> = {
  collection: "contracts",
  idField: "contract",
  idRule: "name",
  within: null,
  read(entry) {
    const contract: Contract = {
      name: entry.text("name", "id", entry.text("contract", "name")),
      customer: entry.text("customer", "id"),
      signed_on: signedOn(entry),
      ends_at: timeTextIn(entry, "ends_at"),
      overrides: entry.list("overrides", readOverride),
      stance: entry.oneOfOrNull("stance", ["pass_through", "bundled"] as const) ?? "bundled",
      token_basis:
        entry.oneOfOrNull("token_basis", ["provider_count", "own_count"] as const) ??
        "provider_count",
      price_changes: entry.oneOfOrNull("price_changes", ["follow", "frozen"] as const) ?? "follow",
      corrections:
        entry.oneOfOrNull("corrections", ["next_invoice", "credit_note"] as const) ??
        "next_invoice",
      metadata: textsIn(entry, "metadata"),
    };
    const keyOf = ({ plan, price }: PriceOverride) => `${plan}/${price}`;
    faultRepeats(entry.path("overrides"), contract.overrides, keyOf, "price", entry.faults);
    return contract;
  },
  references: ({ customer, overrides }): Reference[] => [
    { field: "customer", collection: "customers", id: customer },
    ...overrides.map(({ plan }, index) => ({
      field: `overrides[${index}].plan`,
      collection: "plans",
      id: plan,
    })),
  ],
  settle(contract, settling) {
    const { before, fault } = settling;
    const customer = (before as Contract | undefined)?.customer;
    if (customer !== undefined && customer !== contract.customer) {
      const detail = `it is ${customer}'s and cannot be changed; make another contract`;
      fault("customer", "cannot_change", detail);
    }
    for (const [index, override] of contract.overrides.entries())
      checkOverride(override, `overrides[${index}]`, settling);
    return contract;
  },
};

/** The price that an override makes of a plan's. */
export function overriddenPrice(override: PriceOverride, price: Price): Price {
  const entry = new Entry(override, "", new Faults());
  const { charge, around, description } = readOverriding(entry);
  return { ...price, charge, around, description: description ?? price.description };
}

function signedOn(entry: Entry): string {
  const day = dayIn(entry, "signed_on");
  // A day that is none is noted already, and that stands for this too.
  if (day === null) entry.fault("signed_on", "missing", "it is required: the day it was signed");
  return day ?? "";
}

function readOverride(json: unknown, at: string, faults: Faults): PriceOverride {
  const entry = new Entry(json, at, faults);
  const plan = entry.text("plan", "name");
  const price = entry.text("price", "name");
  const { charge, around, description } = readOverriding(entry);
  entry.end();
  const written = priceDocument({ price, meter: null, charge, around, description: "" });
  const { meter: _meter, ...fields } = plainJson(written) as PriceOverride;
  return { ...fields, plan, price, description };
}

/** What the meter counts is looked at where the plan is known. */
function readOverriding(entry: Entry): Pick<Price, "charge"> & {
  readonly around: AroundSpec | null;
  readonly description: string | null;
} {
  const read = readCharge(entry);
  const charge = read ?? freeOfCharge;
  if (read !== undefined) faultCharge(entry, charge, charge.model === "flat" ? "none" : "money");
  const around = readAround(entry);
  faultAround(entry, around, charge, charge.model !== "flat");
  return { charge, around, description: entry.textOrNull("description", "id") };
}

function checkOverride(
  override: PriceOverride,
  field: string,
  { given, fault, at, faults }: Settling,
): void {
  const plan = given.plan(override.plan);
  if (plan === undefined) return;
  const price = plan.prices.find((each) => each.price === override.price);
  if (price === undefined) {
    const names = plan.prices.map((each) => each.price).join(", ");
    const detail = `plan ${override.plan} has the prices ${names}: an override is of one of them`;
    fault(`${field}.price`, "unknown_price", detail);
    return;
  }
  const overriding = overriddenPrice(override, price);
  if (overriding.charge.model === "flat" && price.meter !== null) {
    const detail = `price ${price.price} is over meter ${price.meter}: a flat price has none`;
    fault(`${field}.model`, "not_of_price", detail);
    return;
  }
  if (price.meter === null && (overriding.around ?? null) !== null) {
    const detail = `price ${price.price} has no meter, and nothing stands around its charge: change the amount`;
    fault(`${field}.model`, "not_of_price", detail);
    return;
  }
  const meter = price.meter === null ? undefined : given.meter(price.meter);
  const seen = new Map<string, MeterSeen>();
  if (price.meter !== null && meter !== undefined) seen.set(price.meter, meter);
  checkPrice(overriding, plan.currency, seen, `${at}.${field}`, faults);
}
