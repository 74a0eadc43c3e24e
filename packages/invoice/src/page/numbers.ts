import { currency as currencyOf, minorText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import type { Words } from "../words/words.ts";

/** How a language writes numbers. */
type Signs = Pick<Words, "thousands" | "point">;

/** A plain decimal number with its thousands apart: `1234567.5` as `1,234,567.5`. */
export function grouped(number: DecimalText, { thousands, point }: Signs): string {
  const [whole = "", fraction] = number.split(".");
  const apart = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands);
  return fraction === undefined ? apart : `${apart}${point}${fraction}`;
}

/** Minor units as major ones, with all digits of the currency: `123456` of USD as `1,234.56`. */
export function money(minor: DecimalText, code: string, signs: Signs): string {
  return grouped(majorText(minor, code), signs);
}

/** As `money`, its thousands not apart: `1234.56`. */
export function majorText(minor: DecimalText, code: string): string {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`an invoice in ${code}, which is no currency`);
  return minorText(minor, currency);
}
