import { currency } from "@tallybook/money";
import type { Currency } from "@tallybook/money";

/** The currency of a fact, which was looked at before it was written. */
export function currencyOf(code: string): Currency {
  const known = currency(code);
  if (known === undefined) throw new Error(`money in ${code}, which is no currency`);
  return known;
}
