import {
  aroundFaults,
  type AroundSpec,
  type ChargeSpec,
  type CommitmentSpec,
} from "@tallybook/pricing";
import { Entry } from "./entry.ts";
import type { Faults } from "./faults.ts";
import { amount, amountOrNull } from "./read-quantity-charge.ts";

/** What stands around the charge of a price: its fields stand beside the price's own. Null where there are none. */
export function readAround(entry: Entry): AroundSpec | null {
  const around: AroundSpec = {
    included_units: amountOrNull(entry, "included_units"),
    discount_percent: amountOrNull(entry, "discount_percent"),
    commitment: entry.objectOrNull("commitment", readCommitment),
    minimum_amount: amountOrNull(entry, "minimum_amount"),
    maximum_amount: amountOrNull(entry, "maximum_amount"),
  };
  return Object.values(around).every((value) => value === null) ? null : around;
}

/** Notes what is wrong with it. */
export function faultAround(
  entry: Entry,
  around: AroundSpec | null,
  charge: ChargeSpec,
  hasMeter: boolean,
): void {
  if (around === null) return;
  for (const { field, reason, detail } of aroundFaults(around, charge, hasMeter))
    entry.fault(field, reason, detail);
}

function readCommitment(json: unknown, at: string, faults: Faults): CommitmentSpec {
  const entry = new Entry(json, at, faults);
  const commitment = {
    amount: amountOrNull(entry, "amount"),
    quantity: amountOrNull(entry, "quantity"),
    overage_factor: amount(entry, "overage_factor", "1"),
    true_up: entry.has("true_up") ? entry.flag("true_up") : true,
  };
  entry.end();
  return commitment;
}
