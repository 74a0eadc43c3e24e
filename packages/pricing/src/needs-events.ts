import type { Period } from "@tallybook/periods";
import { type Charge, isByQuantity } from "./charge.ts";
import { chargeOf } from "./charge-of-price.ts";
import type { Price } from "./price.ts";
import { NotRatable } from "./share.ts";
import { isCutByWindow } from "./week-time.ts";

/**
 * For which slots a price has to see the single events, and not only how much was used in them; null: for none. Time windows
 * need them where one begins or ends inside the slot; models by quantity, by peaks and by period never do.
 */
export function needsEvents(price: Price): ((slot: Period) => boolean) | null {
  try {
    return needOf(chargeOf(price));
  } catch (error) {
    // It is parked, whatever its usage is made of.
    if (error instanceof NotRatable) return null;
    throw error;
  }
}

function needOf(charge: Charge): ((slot: Period) => boolean) | null {
  if (isByQuantity(charge)) return null;
  switch (charge.model) {
    case "percentage":
    case "cost_plus":
      return always;
    case "bulk":
      return charge.roundPer === "period" ? null : always;
    case "capacity":
      return null;
    case "time_windows":
      return (slot) => isCutByWindow(charge, slot);
    case "matrix": {
      const inner = [...charge.rows.map((row) => row.charge), charge.defaultRow];
      const needs = inner.flatMap((each) => (each === null ? [] : (needOf(each) ?? [])));
      return needs.length === 0 ? null : (slot) => needs.some((need) => need(slot));
    }
  }
}

function always(): boolean {
  return true;
}
