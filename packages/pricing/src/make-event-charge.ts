import { compare, isZero } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import type { Bulk, CostPlus, Percentage, ProviderPrice, UnitCost } from "./charge.ts";
import type {
  BulkSpec,
  ChargeContext,
  ConversionSpec,
  CostPlusSpec,
  PercentageSpec,
} from "./charge-spec.ts";
import type { UnitConversion } from "./conversion.ts";
import { makeQuantityCharge, needMeter } from "./make-quantity-charge.ts";
import type { Reading } from "./reading.ts";
import { zero } from "./share.ts";

export function makePercentage(
  spec: PercentageSpec,
  context: ChargeContext,
  reading: Reading,
): Percentage {
  needMeter(spec.model, context, reading);
  const minimumPerEvent = reading.optional("minimum_per_event", spec.minimum_per_event);
  const maximumPerEvent = reading.optional("maximum_per_event", spec.maximum_per_event);
  if (
    minimumPerEvent !== null &&
    maximumPerEvent !== null &&
    compare(minimumPerEvent, maximumPerEvent) > 0
  ) {
    const detail = "it is above maximum_per_event, so that no event could keep both";
    reading.fault("minimum_per_event", "above_maximum", detail);
  }
  const freeAmount = reading.optional("free_amount", spec.free_amount);
  const freeEvents =
    spec.free_events === null
      ? null
      : reading.whole("free_events", spec.free_events, 0, 1_000_000_000);
  return {
    model: spec.model,
    ratePercent: reading.number("rate_percent", spec.rate_percent),
    fixedPerEvent: reading.optional("fixed_amount_per_event", spec.fixed_amount_per_event) ?? zero,
    freeEvents: freeEvents === 0 ? null : freeEvents,
    freeAmount: freeAmount === null || isZero(freeAmount) ? null : freeAmount,
    minimumPerEvent,
    maximumPerEvent,
  };
}

export function makeCostPlus(
  spec: CostPlusSpec,
  context: ChargeContext,
  reading: Reading,
): CostPlus {
  needMeter(spec.model, context, reading);
  return {
    model: spec.model,
    markupPercent: reading.number("markup_percent", spec.markup_percent),
    fixedPerEvent: reading.optional("fixed_amount_per_event", spec.fixed_amount_per_event) ?? zero,
    unitCost: readUnitCost(spec, reading),
  };
}

function readUnitCost(spec: CostPlusSpec, reading: Reading): UnitCost {
  const { unit_cost_property: property, provider_prices: list } = spec;
  if (property !== null && list.length > 0) {
    const detail = "the cost stands in each event or in the price: leave out one of the two";
    reading.fault("provider_prices", "not_both", detail);
  }
  if (property !== null) return { of: "property", property };
  if (list.length === 0) {
    const detail =
      "it needs what the provider charges: the property of an event that says so, or provider_prices with their times";
    reading.fault("unit_cost_property", "missing", detail);
  }
  let before = -Infinity;
  const prices = list.map(({ effective_at, unit_cost }, index): ProviderPrice => {
    const at = reading.within(`provider_prices[${index}]`);
    const effectiveAt = parseTime(effective_at);
    if (effectiveAt === undefined) {
      const detail = "it must be a time with its zone, such as 2023-11-01T00:00:00Z";
      at.fault("effective_at", "not_a_time", detail);
    } else if (effectiveAt <= before) {
      const detail = "it must be after the one before it: prices stand in the order of their times";
      at.fault("effective_at", "not_in_order", detail);
    }
    before = effectiveAt ?? before;
    return { effectiveAt: before, unitCost: at.number("unit_cost", unit_cost) };
  });
  return { of: "prices", prices };
}

export function makeBulk(spec: BulkSpec, context: ChargeContext, reading: Reading): Bulk {
  if (spec.round_per === "job" && spec.job_property === null) {
    const detail = "a job is known by a property of its events: name it, or round per event";
    reading.fault("job_property", "missing", detail);
  } else if (spec.round_per !== "job" && spec.job_property !== null) {
    const detail = `it is rounded per ${spec.round_per}: leave it out, or write \`round_per: job\``;
    reading.fault("job_property", "not_per_job", detail);
  }
  return {
    model: spec.model,
    conversion: readConversion(spec.conversion, reading.within("conversion")),
    roundPer: spec.round_per,
    jobProperty: spec.job_property,
    charge: makeQuantityCharge(spec.charge, context, reading.within("charge")),
  };
}

export function readConversion(spec: ConversionSpec, reading: Reading): UnitConversion {
  return {
    operation: spec.operation,
    factor: reading.number("factor", spec.factor, "above_zero"),
    rounding: spec.rounding,
    decimals: reading.whole("decimals", spec.decimals, -12, 12),
  };
}
