import { type ChargeSpec, makeCharge } from "@tallybook/pricing";
import type { Entry } from "./entry.ts";
import { documentField } from "./read-charge.ts";

/** What its meter counts, as far as it is known; `none` where it has no meter. */
type Metered = Parameters<typeof makeCharge>[1]["meter"];

/** Notes what is wrong with a charge whose fields stand in the entry. */
export function faultCharge(entry: Entry, charge: ChargeSpec, meter: Metered): void {
  const made = makeCharge(charge, { meter });
  if (made.ok) return;
  for (const { field, reason, detail } of made.faults)
    entry.fault(documentField(field), reason, detail);
}

/** What stands in for a charge that is none. */
export const freeOfCharge: ChargeSpec = { model: "flat", amount: "0", payment_term: "in_arrears" };
