import {
  compare,
  currency,
  decimal,
  type Decimal,
  isZero,
  type RoundingMode,
  sub,
} from "@tallybook/money";
import {
  type AmountBounds,
  type Charge,
  type ChargeSpec,
  isByQuantity,
  makeCharge,
  type QuantityCharge,
  type UnitConversion,
} from "@tallybook/pricing";
import { type Given, Refused, type System } from "./case.ts";
import { Fields } from "./values.ts";

/** What the prices of a system mean where systems differ; a case's own field of that name goes first. */
interface Conventions {
  readonly zero_usage: "first_flat" | "nothing";
  readonly boundary: "lower_tier" | "upper_tier";
}

const conventionsBySystem: Readonly<Record<System, Conventions>> = {
  lago: { zero_usage: "first_flat", boundary: "lower_tier" },
  openmeter: { zero_usage: "first_flat", boundary: "lower_tier" },
  flexprice: { zero_usage: "nothing", boundary: "lower_tier" },
  killbill: { zero_usage: "nothing", boundary: "lower_tier" },
  meteroid: { zero_usage: "nothing", boundary: "upper_tier" },
  other: { zero_usage: "first_flat", boundary: "lower_tier" },
};

const ofMoney = new Set(["percentage", "graduated_percentage", "dynamic"]);

/** The price of a case as a charge of ours; refused where ours would be. */
export function chargeOf(price: Given, system: System, code = "USD"): Charge {
  if (currency(code) === undefined) throw new Refused(`no currency ${code}`);
  const fields = new Fields(price);
  const spec = specOf(fields, system);
  const meter = spec.model === "flat" ? "none" : ofMoney.has(spec.model) ? "money" : "units";
  const made = makeCharge(spec, { meter });
  if (made.ok) return made.charge;
  throw new Refused(
    made.faults.map(({ field, reason, detail }) => `${field} ${reason}: ${detail}`).join("; "),
  );
}

/** The same, where the kind asks for a charge by quantity. */
export function quantityChargeOf(price: Given, system: System, code?: string): QuantityCharge {
  const charge = chargeOf(price, system, code);
  if (isByQuantity(charge)) return charge;
  throw new Refused(`a ${charge.model} price does not go by quantity alone`);
}

function specOf(price: Fields, system: System): ChargeSpec {
  const model = price.text("model");
  const conventions = conventionsOf(price, system);
  const beyond = price.textOr("beyond", "") === "last_tier" ? "last_tier" : null;
  const per = price.textOr("per", "1");
  switch (model) {
    case "per_unit":
      return { model, unit_amount: price.text("unit_amount"), per };
    case "flat":
      return {
        model,
        amount: price.text("amount"),
        payment_term: oneOf(price.textOr("payment_term", "in_arrears"), "in_advance", "in_arrears"),
      };
    case "graduated":
      return { model, tiers: tiersOf(price), per, beyond, zero_usage: conventions.zero_usage };
    case "volume":
      return { model, tiers: tiersOf(price), per, beyond, ...conventions };
    case "package":
      return {
        model,
        package_size: price.text("package_size"),
        package_amount: price.text("package_amount"),
        free_units: price.textOr("free_units", "0"),
        round: oneOf(price.textOr("round", "up"), "up", "down"),
      };
    case "percentage":
      return {
        model,
        rate_percent: price.text("rate_percent"),
        fixed_amount_per_event: textOrNull(price, "fixed_amount_per_event"),
        free_events: price.wholeOrNull("free_events"),
        free_amount: textOrNull(price, "free_amount"),
        minimum_per_event: textOrNull(price, "minimum_per_event"),
        maximum_per_event: textOrNull(price, "maximum_per_event"),
      };
    case "graduated_percentage":
      return {
        model,
        tiers: price.each("tiers").map((tier) => ({
          up_to: textOrNull(tier, "up_to"),
          rate_percent: tier.text("rate_percent"),
          flat_amount: textOrNull(tier, "flat_amount"),
        })),
        beyond,
        zero_usage: conventions.zero_usage,
      };
    case "stairstep":
    case "tiered_flat":
      return {
        model: "stairstep",
        steps: price.each("tiers").map((tier) => ({
          up_to: textOrNull(tier, "up_to"),
          amount: tier.textOr("flat_amount", tier.textOr("amount", "0")),
        })),
        beyond,
        ...conventions,
      };
    case "block_tiers":
      return {
        model,
        policy: oneOf(price.text("policy"), "all_tiers", "top_tier"),
        tiers: price.each("tiers").map((tier) => ({
          block_size: tier.text("block_size"),
          max_blocks: textOrNull(tier, "max_blocks"),
          block_amount: tier.text("block_amount"),
        })),
        beyond: "last_tier",
      };
    case "capacity":
      return {
        model,
        unit_dimension: "unit",
        tiers: price.each("tiers").map((tier) => {
          const max = tier.fields("max");
          return {
            amount: tier.text("amount"),
            max: Object.fromEntries(max.names().map((unit) => [unit, max.text(unit)])),
          };
        }),
      };
    case "dynamic":
      return { model, multiplier: price.textOr("multiplier", "1") };
    default:
      throw new Refused(`no charge model ${model}`);
  }
}

function conventionsOf(price: Fields, system: System): Conventions {
  const usual = conventionsBySystem[system];
  return {
    zero_usage: oneOf(price.textOr("zero_usage", usual.zero_usage), "first_flat", "nothing"),
    boundary: oneOf(price.textOr("boundary", usual.boundary), "lower_tier", "upper_tier"),
  };
}

function tiersOf(price: Fields) {
  return price.each("tiers").map((tier) => {
    const flat_amount = textOrNull(tier, "flat_amount");
    const unit = textOrNull(tier, "unit_amount");
    return {
      up_to: textOrNull(tier, "up_to"),
      from: textOrNull(tier, "from"),
      unit_amount: unit,
      flat_amount,
      cap_amount: textOrNull(tier, "cap_amount"),
    };
  });
}

/** The bounds that any price may carry. */
export function boundsOf(price: Fields): AmountBounds {
  return {
    minimum: price.numberOrNull("minimum_amount"),
    maximum: price.numberOrNull("maximum_amount"),
  };
}

/** How metered units become billable ones. */
export function conversionOf(fields: Fields): UnitConversion {
  const rounding = fields.textOr("rounding", "none");
  return {
    operation: oneOf(fields.text("operation"), "divide", "multiply"),
    factor: aboveZero(fields.number("factor"), "factor"),
    rounding: rounding === "none" ? "none" : roundingOf(rounding),
    decimals: fields.wholeOrNull("precision") ?? 0,
  };
}

export function roundingOf(text: string): RoundingMode {
  const names: Readonly<Record<string, RoundingMode>> = {
    ceil: "ceiling",
    ceiling: "ceiling",
    up: "ceiling",
    floor: "floor",
    down: "floor",
    half_up: "half_up",
    round: "half_up",
  };
  const found = names[text];
  if (found !== undefined) return found;
  throw new Refused(`no rounding ${text}`);
}

function aboveZero(number: Decimal, name: string): Decimal {
  if (compare(number, decimal("0")) > 0) return number;
  throw new Refused(`${name} must be above zero`);
}

/** A range with both ends written: with whole numbers (0 to 10, 11 to 20) or adjacent ones (0 to 0.1, 0.1 to 1). */
export function rangeOf(range: Fields, style: string) {
  const written = range.number("from");
  const isFirst = isZero(written);
  const isWhole = oneOf(style, "integer_ranges", "adjacent_ranges") === "integer_ranges";
  const from = isWhole && !isFirst ? sub(written, decimal("1")) : written;
  const isPercentage = range.has("rate_percent");
  const tier = {
    upTo: range.numberOrNull("to"),
    unitAmount: range.number(isPercentage ? "rate_percent" : "unit_amount"),
    flatAmount: range.numberOr("flat_amount", "0"),
    capAmount: null,
  };
  const per = decimal(isPercentage ? "100" : "1");
  return { tier, bounds: { index: isFirst ? 0 : 1, from, per } };
}

function textOrNull(fields: Fields, name: string): string | null {
  return fields.has(name) ? fields.text(name) : null;
}

function oneOf<Option extends string>(text: string, ...options: readonly Option[]): Option {
  const found = options.find((option) => option === text);
  if (found !== undefined) return found;
  throw new Refused(`${text} is none of ${options.join(", ")}`);
}
