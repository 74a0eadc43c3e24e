import { compare, isZero } from "@tallybook/money";
import type { Bulk, CostPlus, Percentage } from "./charge.ts";
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
  };
}

export function makeBulk(spec: BulkSpec, context: ChargeContext, reading: Reading): Bulk {
  return {
    model: spec.model,
    conversion: readConversion(spec.conversion, reading.within("conversion")),
    roundPer: spec.round_per,
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
