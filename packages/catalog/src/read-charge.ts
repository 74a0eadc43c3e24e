import { formatTime } from "@tallybook/periods";
import { type ChargeModel, type ChargeSpec, isQuantityModel } from "@tallybook/pricing";
import type { ConversionSpec, QuantitySpec, TimeWindowsSpec } from "@tallybook/pricing";
import { Entry, textOf } from "./entry.ts";
import type { Faults } from "./faults.ts";
import {
  amount,
  amountOrNull,
  canonicalNumber,
  readQuantityCharge,
} from "./read-quantity-charge.ts";

const chargeModels = [
  "flat",
  "per_unit",
  "graduated",
  "volume",
  "package",
  "stairstep",
  "block_tiers",
  "dynamic",
  "graduated_percentage",
  "percentage",
  "cost_plus",
  "bulk",
  "capacity",
  "matrix",
  "time_windows",
] as const satisfies readonly ChargeModel[];

const quantityModels = chargeModels.filter(isQuantityModel);
const rowModels = chargeModels.filter((model) => model !== "matrix");

/**
 * The charge of a price: the fields of its model, which stand beside the price's own. What may be left out gets the value that
 * docs/pricing.md says, so that the fact holds it. Undefined where no model is given. What else is wrong, makeCharge says.
 */
export function readCharge(entry: Entry): ChargeSpec | undefined {
  const model = entry.oneOf("model", chargeModels);
  if (model !== undefined) return readModel(entry, model);
  // Which fields it may have is not known then.
  entry.notHere(fieldsOfModels, () => true, "");
  return undefined;
}

/** Where a fault in a charge stands in a document: what a row or window charges stands in it, and not one level deeper. */
export function documentField(field: string): string {
  return field.replace(/((?:rows|windows)\[\d+\])\.charge(?=\.)/g, "$1");
}

function readModel(entry: Entry, model: ChargeModel): ChargeSpec {
  const spec = readFields(entry, model);
  const detail = `a ${model} price has no such field: leave it out`;
  entry.notHere(fieldsOfModels, saysNothing, detail);
  return spec;
}

function readFields(entry: Entry, model: ChargeModel): ChargeSpec {
  if (isQuantityModel(model)) return readQuantityCharge(entry, model);
  switch (model) {
    case "percentage":
      return {
        model,
        rate_percent: amount(entry, "rate_percent"),
        fixed_amount_per_event: amountOrNull(entry, "fixed_amount_per_event"),
        free_events: entry.wholeOrNull("free_events"),
        free_amount: amountOrNull(entry, "free_amount"),
        minimum_per_event: amountOrNull(entry, "minimum_per_event"),
        maximum_per_event: amountOrNull(entry, "maximum_per_event"),
      };
    case "cost_plus":
      return {
        model,
        markup_percent: amount(entry, "markup_percent", "0"),
        fixed_amount_per_event: amountOrNull(entry, "fixed_amount_per_event"),
        unit_cost_property: entry.textOrNull("unit_cost_property", "id"),
        provider_prices: entry.list("provider_prices", readProviderPrice),
      };
    case "bulk":
      return {
        model,
        conversion: entry.object("conversion", readConversion),
        round_per: entry.oneOf("round_per", ["event", "job", "period"] as const) ?? "period",
        job_property: entry.textOrNull("job_property", "id"),
        charge: entry.object("charge", readInnerQuantity),
      };
    case "capacity":
      return {
        model,
        unit_dimension: entry.text("unit_dimension", "name"),
        tiers: entry.list("tiers", readCapacityTier),
      };
    case "matrix":
      return {
        model,
        dimensions: entry.list("dimensions", (json, at, faults) =>
          textOf(json, at, "name", faults),
        ),
        rows: entry.list("rows", readRow),
        default_row: entry.objectOrNull("default_row", readInner),
      };
    case "time_windows":
      return {
        model,
        time_zone: entry.text("time_zone", "id", "UTC"),
        windows: entry.list("windows", readWindow),
        otherwise: entry.objectOrNull("otherwise", readInnerQuantity),
      };
  }
}

/** A charge inside of another one: per unit where it does not say. */
function innerIn(entry: Entry): ChargeSpec {
  return readModel(entry, entry.oneOfOrNull("model", rowModels) ?? "per_unit");
}

function innerQuantityIn(entry: Entry): QuantitySpec {
  return readModel(entry, entry.oneOfOrNull("model", quantityModels) ?? "per_unit") as QuantitySpec;
}

function readInner(json: unknown, at: string, faults: Faults): ChargeSpec {
  const entry = new Entry(json, at, faults);
  const charge = innerIn(entry);
  entry.end();
  return charge;
}

function readInnerQuantity(json: unknown, at: string, faults: Faults): QuantitySpec {
  const entry = new Entry(json, at, faults);
  const charge = innerQuantityIn(entry);
  entry.end();
  return charge;
}

function readRow(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const row = { dimensions: entry.texts("dimensions"), charge: innerIn(entry) };
  entry.end();
  return row;
}

/** Every day and all day where it does not say. */
function readWindow(json: unknown, at: string, faults: Faults): TimeWindowsSpec["windows"][number] {
  const entry = new Entry(json, at, faults);
  const days = entry.list("days", readDay);
  const window = {
    name: entry.text("name", "id"),
    days: days.length === 0 ? [1, 2, 3, 4, 5, 6, 7] : days,
    from_minute: entry.wholeOrNull("from_minute") ?? 0,
    to_minute: entry.wholeOrNull("to_minute") ?? 1_440,
    charge: innerQuantityIn(entry),
  };
  entry.end();
  return window;
}

/** 1 is Monday; texts, as all numbers of a document are. */
function readDay(json: unknown, at: string, faults: Faults): number {
  if (typeof json === "string" && /^[1-7]$/.test(json)) return Number(json);
  faults.add(at, "not_a_day", "it must be a day of the week, from 1 for Monday to 7 for Sunday");
  return 1;
}

function readConversion(json: unknown, at: string, faults: Faults): ConversionSpec {
  const entry = new Entry(json, at, faults);
  const roundings = ["ceiling", "floor", "half_up", "none"] as const;
  const conversion = {
    operation: entry.oneOf("operation", ["divide", "multiply"] as const) ?? "divide",
    factor: amount(entry, "factor"),
    rounding: entry.oneOf("rounding", roundings) ?? "none",
    decimals: readDecimals(entry),
  };
  entry.end();
  return conversion;
}

/** Below zero it rounds to tens, hundreds and so on. */
function readDecimals(entry: Entry): number {
  const text = entry.number("decimals") ?? "0";
  if (/^-?\d{1,2}$/.test(text)) return Number(text);
  entry.fault("decimals", "not_whole", "it must be a whole number from -12 to 12");
  return 0;
}

function readProviderPrice(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const price = {
    effective_at: formatTime(entry.time("effective_at")),
    unit_cost: amount(entry, "unit_cost"),
  };
  entry.end();
  return price;
}

function readCapacityTier(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const max = Object.entries(entry.texts("max", {})).map(([unit, text]) => [
    unit,
    canonicalNumber(text),
  ]);
  const tier = {
    amount: amount(entry, "amount"),
    max: Object.fromEntries(max) as Record<string, string>,
  };
  entry.end();
  return tier;
}

/** Null, an empty list and one unit are what a field of another model may say without meaning anything. */
function saysNothing(key: string, value: unknown): boolean {
  if (value === null || (Array.isArray(value) && value.length === 0)) return true;
  return key === "per" && typeof value === "string" && canonicalNumber(value) === "1";
}

/** Every field that some model has. */
const fieldsOfModels = [
  "amount",
  "beyond",
  "boundary",
  "charge",
  "conversion",
  "default_row",
  "dimensions",
  "fixed_amount_per_event",
  "free_amount",
  "free_events",
  "free_units",
  "job_property",
  "markup_percent",
  "maximum_per_event",
  "minimum_per_event",
  "multiplier",
  "otherwise",
  "package_amount",
  "package_size",
  "payment_term",
  "per",
  "policy",
  "provider_prices",
  "rate_percent",
  "round",
  "round_per",
  "rows",
  "steps",
  "tiers",
  "time_zone",
  "unit_amount",
  "unit_cost_property",
  "unit_dimension",
  "windows",
  "zero_usage",
];
