import { currency as currencyOf, readQuantity, toText } from "@tallybook/money";
import { validatePrice } from "@tallybook/pricing";
import type { PlanDraft } from "./document.ts";
import { Entry, textOf } from "./entry.ts";
import type { MatrixRow, Price, RowPrice, Tier } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { faultRepeats } from "./repeats.ts";

const models = ["flat", "per_unit", "graduated", "volume", "package", "matrix"] as const;

export function readPlan(json: unknown, at: string, faults: Faults): PlanDraft {
  const entry = new Entry(json, at, faults);
  const plan = entry.text("plan", "name");
  const draft = {
    plan,
    name: entry.text("name", "id", plan),
    currency: readCurrency(entry),
    prices: entry.list("prices", readPrice),
    effective_at: entry.timeOrNull("effective_at"),
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
  const model = entry.oneOf("model", models);
  const draft: Price = {
    price,
    model: model ?? "flat",
    meter: entry.textOrNull("meter", "name"),
    amount: entry.number("amount"),
    unit_amount: entry.number("unit_amount"),
    per: entry.number("per") ?? "1",
    tiers: entry.list("tiers", readTier),
    beyond: entry.oneOfOrNull("beyond", ["last_tier"]),
    package_size: entry.number("package_size"),
    package_amount: entry.number("package_amount"),
    free_units: entry.number("free_units"),
    description: entry.text("description", "id", price),
    dimensions: entry.list("dimensions", readDimension),
    rows: entry.list("rows", readRow),
    default_row: entry.objectOrNull("default_row", readRowPrice),
  };
  entry.end();
  // What the other fields have to be depends on the model.
  if (model === undefined) return draft;
  for (const { field, reason, detail } of validatePrice(draft)) entry.fault(field, reason, detail);
  return canonical(draft);
}

function readTier(json: unknown, at: string, faults: Faults): Tier {
  const entry = new Entry(json, at, faults);
  const tier = {
    up_to: entry.number("up_to"),
    unit_amount: entry.number("unit_amount"),
    flat_amount: entry.number("flat_amount"),
  };
  entry.end();
  return tier;
}

function readDimension(json: unknown, at: string, faults: Faults): string {
  return textOf(json, at, "name", faults);
}

function readRow(json: unknown, at: string, faults: Faults): MatrixRow {
  const entry = new Entry(json, at, faults);
  const dimensions = entry.texts("dimensions");
  return { dimensions, ...readAmounts(entry) };
}

function readRowPrice(json: unknown, at: string, faults: Faults): RowPrice {
  return readAmounts(new Entry(json, at, faults));
}

function readAmounts(entry: Entry): RowPrice {
  const unit_amount = entry.number("unit_amount");
  const per = entry.number("per") ?? "1";
  entry.end();
  if (unit_amount !== null) return { unit_amount, per };
  entry.fault("unit_amount", "missing", "it is required; write 0 where it is free");
  return { unit_amount: "0", per };
}

/** The same price with each number in the one notation that facts use. */
function canonical(price: Price): Price {
  return {
    ...price,
    amount: canonicalNumber(price.amount),
    unit_amount: canonicalNumber(price.unit_amount),
    per: canonicalNumber(price.per) ?? price.per,
    tiers: price.tiers.map((tier) => ({
      up_to: canonicalNumber(tier.up_to),
      unit_amount: canonicalNumber(tier.unit_amount),
      flat_amount: canonicalNumber(tier.flat_amount),
    })),
    package_size: canonicalNumber(price.package_size),
    package_amount: canonicalNumber(price.package_amount),
    free_units: canonicalNumber(price.free_units),
    rows: price.rows.map((row) => ({ dimensions: row.dimensions, ...canonicalRow(row) })),
    default_row: price.default_row === null ? null : canonicalRow(price.default_row),
  };
}

function canonicalRow({ unit_amount, per }: RowPrice): RowPrice {
  return {
    unit_amount: canonicalNumber(unit_amount) ?? unit_amount,
    per: canonicalNumber(per) ?? per,
  };
}

function canonicalNumber(text: string | null): string | null {
  const read = text === null ? undefined : readQuantity(text);
  return read?.ok === true ? toText(read.value) : null;
}
