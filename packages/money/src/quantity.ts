import { decimal, type Decimal, engineNumber, value } from "./decimal.ts";

export type QuantityFault = "not_a_number" | "too_many_decimals" | "too_large";

export type QuantityRead =
  | { readonly ok: true; readonly value: Decimal }
  | { readonly ok: false; readonly why: QuantityFault };

/** Decimals of a quantity and of a price. */
export const QUANTITY_DECIMALS_MAX = 12;

/** The first magnitude that is refused. */
export const QUANTITY_LIMIT = "1000000000000000000";

/**
 * A quantity or a price from its JSON source text, plain (`12.50`) or with an exponent (`1.25e1`).
 * It has at most 12 decimals once trailing zeros are gone, and a magnitude below 1e18.
 */
export function readQuantity(text: string): QuantityRead {
  const parts = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.exec(text);
  if (parts === null) return { ok: false, why: "not_a_number" };
  if (!/[1-9]/.test(`${parts[1]}${parts[2] ?? ""}`)) return { ok: true, value: zero };
  const number = engineNumber(text);
  // An exponent beyond the engine's reach ends in zero or infinity.
  if (number.isZero() || number.decimalPlaces() > QUANTITY_DECIMALS_MAX) {
    return { ok: false, why: "too_many_decimals" };
  }
  if (number.abs().greaterThanOrEqualTo(QUANTITY_LIMIT)) return { ok: false, why: "too_large" };
  return { ok: true, value: value(number) };
}

const zero = decimal("0");
