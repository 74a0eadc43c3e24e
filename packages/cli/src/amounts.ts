import { currency, minorText } from "@tallybook/money";

/** Minor units as people read them; of a currency that nobody knows as they are. */
export function amountText(minor: string, code: string): string {
  const known = currency(code);
  return known === undefined ? minor : minorText(minor, known);
}
