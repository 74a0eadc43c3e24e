import { compare, type Decimal } from "@tallybook/money";
import type { BlockTiers, QuantityCharge, Tier } from "./charge.ts";
import type { ChargeContext, QuantitySpec, TierBounds, TierSpec } from "./charge-spec.ts";
import type { Reading } from "./reading.ts";
import { zero } from "./share.ts";

export function makeQuantityCharge(
  spec: QuantitySpec,
  context: ChargeContext,
  reading: Reading,
): QuantityCharge {
  needMeter(spec.model, context, reading);
  switch (spec.model) {
    case "per_unit":
      return {
        model: spec.model,
        unitAmount: reading.number("unit_amount", spec.unit_amount),
        per: reading.number("per", spec.per, "above_zero"),
      };
    case "flat":
      return {
        model: spec.model,
        amount: reading.number("amount", spec.amount),
        paymentTerm: spec.payment_term,
      };
    case "graduated":
      return {
        model: spec.model,
        tiers: readTiers(spec, reading),
        per: reading.number("per", spec.per, "above_zero"),
        zeroUsage: spec.zero_usage,
      };
    case "volume":
      return {
        model: spec.model,
        tiers: readTiers(spec, reading),
        per: reading.number("per", spec.per, "above_zero"),
        zeroUsage: spec.zero_usage,
        boundary: spec.boundary,
      };
    case "package":
      return {
        model: spec.model,
        size: reading.number("package_size", spec.package_size, "above_zero"),
        amount: reading.number("package_amount", spec.package_amount),
        freeUnits: reading.number("free_units", spec.free_units),
        round: spec.round,
      };
    case "graduated_percentage": {
      const ends = readEnds(spec.tiers, "tiers", spec.beyond, reading);
      return {
        model: spec.model,
        tiers: spec.tiers.map((tier, index) => {
          const at = reading.within(`tiers[${index}]`);
          return {
            upTo: ends[index] ?? null,
            ratePercent: at.number("rate_percent", tier.rate_percent),
            flatAmount: at.optional("flat_amount", tier.flat_amount),
          };
        }),
        zeroUsage: spec.zero_usage,
      };
    }
    case "stairstep": {
      const ends = readEnds(spec.steps, "steps", spec.beyond, reading);
      return {
        model: spec.model,
        steps: spec.steps.map((step, index) => ({
          upTo: ends[index] ?? null,
          amount: reading.within(`steps[${index}]`).number("amount", step.amount),
        })),
        zeroUsage: spec.zero_usage,
        boundary: spec.boundary,
      };
    }
    case "block_tiers":
      return { ...spec, tiers: readBlocks(spec, reading) };
    case "dynamic":
      return { model: spec.model, multiplier: reading.number("multiplier", spec.multiplier) };
  }
}

/** What a meter has to count for a model; without one it is for as many as a subscription has. */
export function needMeter(model: string, { meter }: ChargeContext, reading: Reading): void {
  if (meter === "none") {
    if (bySeats.has(model)) return;
    reading.fault("meter", "missing", `a ${model} price needs the meter that it prices`);
  } else if (ofMoney.has(model) && meter !== "money") {
    const detail = `a ${model} price takes a part of a value: its meter has to sum an amount of money, not units`;
    reading.fault("meter", "not_money", detail);
  }
}

const bySeats: ReadonlySet<string> = new Set([
  "flat",
  "per_unit",
  "graduated",
  "volume",
  "package",
  "stairstep",
]);

const ofMoney: ReadonlySet<string> = new Set(["percentage", "graduated_percentage", "dynamic"]);

/** Tiers of unit and flat amounts; what is wrong with them stays in the reading. */
export function readTiers(
  spec: { readonly tiers: readonly TierSpec[]; readonly beyond: "last_tier" | null },
  reading: Reading,
): Tier[] {
  const ends = readEnds(spec.tiers, "tiers", spec.beyond, reading);
  return spec.tiers.map((tier, index) => {
    const at = reading.within(`tiers[${index}]`);
    if (tier.unit_amount === null && tier.flat_amount === null) {
      const detail = "a tier needs unit_amount, flat_amount or both; write 0 where it is free";
      at.fault("unit_amount", "missing", detail);
    }
    return {
      upTo: ends[index] ?? null,
      unitAmount: at.optional("unit_amount", tier.unit_amount),
      flatAmount: at.optional("flat_amount", tier.flat_amount),
      capAmount: at.optional("cap_amount", tier.cap_amount),
    };
  });
}

/** Where each tier ends: in ascending order without gaps, the last one open or with what holds beyond it. */
function readEnds(
  tiers: readonly TierBounds[],
  field: string,
  beyond: "last_tier" | null,
  reading: Reading,
): (Decimal | null)[] {
  if (tiers.length === 0) reading.fault(field, "missing", "it needs at least one tier");
  let before = zero;
  return tiers.map(({ up_to, from }, index) => {
    const at = reading.within(`${field}[${index}]`);
    if (from !== undefined && from !== null) checkFrom(at, at.number("from", from), before);
    const isLast = index === tiers.length - 1;
    if (up_to === null) {
      if (!isLast) {
        const detail = "only the last tier has no end; give this one its up_to";
        at.fault("up_to", "open_tier_not_last", detail);
      }
      return null;
    }
    const faultsBefore = reading.faults.length;
    const end = at.number("up_to", up_to, "above_zero");
    // One that cannot be read has said so, and overlaps nothing.
    if (reading.faults.length > faultsBefore) return null;
    if (compare(end, before) <= 0) {
      const detail = "it must be above the up_to of the tier before, or the tiers overlap";
      at.fault("up_to", "tiers_overlap", detail);
    }
    if (isLast && beyond === null) {
      const detail =
        "the last tier ends, and nothing says what is beyond it; " +
        "leave out its up_to, or write `beyond: last_tier`";
      at.fault("up_to", "last_tier_closed", detail);
    }
    before = end;
    return isLast && beyond === "last_tier" ? null : end;
  });
}

function checkFrom(at: Reading, from: Decimal, before: Decimal): void {
  const order = compare(from, before);
  if (order === 0) return;
  const [reason, what] = order < 0 ? ["tiers_overlap", "before"] : ["tiers_gap", "after"];
  at.fault("from", reason, `the tier begins ${what} the one before it ends; leave it out`);
}

function readBlocks(
  spec: Extract<QuantitySpec, { model: "block_tiers" }>,
  reading: Reading,
): BlockTiers["tiers"] {
  if (spec.tiers.length === 0) reading.fault("tiers", "missing", "it needs at least one tier");
  return spec.tiers.map((tier, index) => {
    const at = reading.within(`tiers[${index}]`);
    if (tier.max_blocks === null && index < spec.tiers.length - 1) {
      const detail = "only the last tier has no end; give this one its max_blocks";
      at.fault("max_blocks", "open_tier_not_last", detail);
    }
    return {
      blockSize: at.number("block_size", tier.block_size, "above_zero"),
      maxBlocks:
        tier.max_blocks === null ? null : at.number("max_blocks", tier.max_blocks, "above_zero"),
      blockAmount: at.number("block_amount", tier.block_amount),
    };
  });
}
