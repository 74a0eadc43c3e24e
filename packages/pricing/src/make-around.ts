import { compare } from "@tallybook/money";
import type { AroundSpec } from "./around-spec.ts";
import { isByQuantity } from "./charge.ts";
import type { ChargeSpec } from "./charge-spec.ts";
import type { Fault } from "./fault.ts";
import { Reading } from "./reading.ts";
import { hundred } from "./share.ts";

/** What cannot be right of what stands around a charge, by field. `hasMeter`: the price is over one. */
export function aroundFaults(
  around: AroundSpec,
  charge: ChargeSpec,
  hasMeter: boolean,
): readonly Fault[] {
  const reading = new Reading();
  const included = reading.optional("included_units", around.included_units);
  const discount = reading.optional("discount_percent", around.discount_percent);
  const minimum = reading.optional("minimum_amount", around.minimum_amount);
  const maximum = reading.optional("maximum_amount", around.maximum_amount);
  if (!hasMeter) {
    const [field = "minimum_amount"] = Object.entries(around).flatMap(([name, value]) =>
      value === null ? [] : [name],
    );
    const detail = "a price without a meter has nothing around it: change its amount";
    reading.fault(field, "not_of_model", detail);
    return reading.faults;
  }
  const isOfUnits = isByQuantity(charge) && charge.model !== "flat";
  if (included !== null && !isOfUnits) reading.fault("included_units", "not_of_model", unitsDetail);
  if (discount !== null && compare(discount, hundred) > 0)
    reading.fault("discount_percent", "out_of_range", "it must be from 0 to 100, such as 15");
  if (minimum !== null && maximum !== null && compare(minimum, maximum) > 0) {
    const detail = "it is above the maximum_amount: a minimum is at most that";
    reading.fault("minimum_amount", "above_maximum", detail);
  }
  if (around.commitment !== null) faultCommitment(around.commitment, isOfUnits, reading);
  return reading.faults;
}

function faultCommitment(
  { amount, quantity, overage_factor }: NonNullable<AroundSpec["commitment"]>,
  isOfUnits: boolean,
  outer: Reading,
): void {
  const reading = outer.within("commitment");
  reading.number("overage_factor", overage_factor);
  if ((amount === null) === (quantity === null)) {
    const detail = "somebody commits to either an amount or a quantity: give one of the two";
    reading.fault("amount", "one_of_two", detail);
    return;
  }
  if (quantity !== null && !isOfUnits) reading.fault("quantity", "not_of_model", unitsDetail);
  const field = amount === null ? "quantity" : "amount";
  reading.number(field, amount ?? quantity ?? "0", "above_zero");
}

const unitsDetail = "units are counted by a price that goes by quantity: take an amount instead";
