import { type DecimalText, readQuantity, toText } from "@tallybook/money";
import type { QuantityModel, QuantitySpec, TierBounds, TierSpec } from "@tallybook/pricing";
import { Entry } from "./entry.ts";
import type { Faults } from "./faults.ts";

const beyondOptions = ["last_tier"] as const;
const zeroUsages = ["nothing", "first_flat"] as const;
const boundaries = ["lower_tier", "upper_tier"] as const;

/** The fields of a model that goes by quantity. */
export function readQuantityCharge(entry: Entry, model: QuantityModel): QuantitySpec {
  switch (model) {
    case "per_unit":
      return { model, unit_amount: amount(entry, "unit_amount"), per: amount(entry, "per", "1") };
    case "flat": {
      const terms = ["in_arrears", "in_advance"] as const;
      const payment_term = entry.oneOfOrNull("payment_term", terms) ?? "in_arrears";
      return { model, amount: amount(entry, "amount"), payment_term };
    }
    case "graduated":
      return { model, ...readTiers(entry), zero_usage: zeroUsage(entry) };
    case "volume":
      return {
        model,
        ...readTiers(entry),
        zero_usage: zeroUsage(entry),
        boundary: entry.oneOfOrNull("boundary", boundaries) ?? "lower_tier",
      };
    case "package":
      return {
        model,
        package_size: amount(entry, "package_size"),
        package_amount: amount(entry, "package_amount"),
        free_units: amount(entry, "free_units", "0"),
        round: entry.oneOfOrNull("round", ["up", "down"] as const) ?? "up",
      };
    case "graduated_percentage":
      return {
        model,
        tiers: entry.list("tiers", readPercentageTier),
        beyond: entry.oneOfOrNull("beyond", beyondOptions),
        zero_usage: zeroUsage(entry),
      };
    case "stairstep":
      return {
        model,
        steps: entry.list("steps", readStep),
        beyond: entry.oneOfOrNull("beyond", beyondOptions),
        zero_usage: zeroUsage(entry),
        boundary: entry.oneOfOrNull("boundary", boundaries) ?? "lower_tier",
      };
    case "block_tiers":
      return {
        model,
        policy: entry.oneOfOrNull("policy", ["all_tiers", "top_tier"] as const) ?? "all_tiers",
        tiers: entry.list("tiers", readBlockTier),
        beyond: entry.oneOfOrNull("beyond", ["refused", "last_tier"] as const) ?? "refused",
      };
    case "dynamic":
      return { model, multiplier: amount(entry, "multiplier", "1") };
  }
}

/** A number in the one notation that facts use; one that cannot be read stays as it is, for makeCharge to refuse. */
export function amount(entry: Entry, key: string, fallback?: DecimalText): DecimalText {
  const text = amountOrNull(entry, key) ?? fallback;
  if (text !== undefined) return text;
  entry.fault(key, "missing", "it is required; write 0 where it is free");
  return "0";
}

export function amountOrNull(entry: Entry, key: string): DecimalText | null {
  const text = entry.number(key);
  return text === null ? null : canonicalNumber(text);
}

export function canonicalNumber(text: string): DecimalText {
  const read = readQuantity(text);
  return read.ok ? toText(read.value) : text;
}

function zeroUsage(entry: Entry): (typeof zeroUsages)[number] {
  return entry.oneOfOrNull("zero_usage", zeroUsages) ?? "nothing";
}

function readTiers(entry: Entry) {
  return {
    tiers: entry.list("tiers", readTier),
    per: amount(entry, "per", "1"),
    beyond: entry.oneOfOrNull("beyond", beyondOptions),
  };
}

/** Where a tier ends and, for those who write both, where it begins: that is held against the tier before it. */
function bounds(entry: Entry): TierBounds {
  const from = amountOrNull(entry, "from");
  const up_to = amountOrNull(entry, "up_to");
  return from === null ? { up_to } : { from, up_to };
}

function readTier(json: unknown, at: string, faults: Faults): TierSpec {
  const entry = new Entry(json, at, faults);
  const tier = {
    ...bounds(entry),
    unit_amount: amountOrNull(entry, "unit_amount"),
    flat_amount: amountOrNull(entry, "flat_amount"),
    cap_amount: amountOrNull(entry, "cap_amount"),
  };
  entry.end();
  return tier;
}

function readPercentageTier(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const tier = {
    ...bounds(entry),
    rate_percent: amount(entry, "rate_percent"),
    flat_amount: amountOrNull(entry, "flat_amount"),
  };
  entry.end();
  return tier;
}

function readStep(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const step = { ...bounds(entry), amount: amount(entry, "amount") };
  entry.end();
  return step;
}

function readBlockTier(json: unknown, at: string, faults: Faults) {
  const entry = new Entry(json, at, faults);
  const tier = {
    block_size: amount(entry, "block_size"),
    max_blocks: amountOrNull(entry, "max_blocks"),
    block_amount: amount(entry, "block_amount"),
  };
  entry.end();
  return tier;
}
