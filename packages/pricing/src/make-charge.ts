import { type Charge, isByQuantity } from "./charge.ts";
import type { ChargeContext, ChargeSpec } from "./charge-spec.ts";
import type { Fault } from "./fault.ts";
import { makeCapacity, makeMatrix, makeTimeWindows } from "./make-composed.ts";
import { makeBulk, makeCostPlus, makePercentage } from "./make-event-charge.ts";
import { makeQuantityCharge, needMeter } from "./make-quantity-charge.ts";
import { Reading } from "./reading.ts";

export type MadeCharge =
  | { readonly ok: true; readonly charge: Charge }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** The one door to a charge: everything that cannot be right is refused here, by field. */
export function makeCharge(spec: ChargeSpec, context: ChargeContext): MadeCharge {
  const reading = new Reading();
  const charge = readCharge(spec, context, reading);
  return reading.faults.length === 0 ? { ok: true, charge } : { ok: false, faults: reading.faults };
}

function readCharge(spec: ChargeSpec, context: ChargeContext, reading: Reading): Charge {
  if (isByQuantity(spec)) return makeQuantityCharge(spec, context, reading);
  switch (spec.model) {
    case "percentage":
      return makePercentage(spec, context, reading);
    case "cost_plus":
      return makeCostPlus(spec, context, reading);
    case "bulk":
      needMeter(spec.model, context, reading);
      return makeBulk(spec, context, reading);
    case "capacity":
      return makeCapacity(spec, context, reading);
    case "matrix":
      needMeter(spec.model, context, reading);
      return makeMatrix(spec, reading, (inner, at) => readCharge(inner, context, at));
    case "time_windows":
      needMeter(spec.model, context, reading);
      return makeTimeWindows(spec, context, reading);
  }
}
