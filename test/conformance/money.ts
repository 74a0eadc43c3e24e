import { type Currency, currency } from "@tallybook/money";
import { Refused } from "./case.ts";
import type { Fields } from "./values.ts";

/** The currency of a case; those without one are in dollars. */
export function currencyOf(fields: Fields): Currency {
  const code = fields.textOr("currency", "USD");
  const found = currency(code);
  if (found !== undefined) return found;
  throw new Refused(`no currency ${code}`);
}
