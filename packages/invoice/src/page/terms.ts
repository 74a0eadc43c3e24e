import type { Price } from "@tallybook/catalog";
import { describePrice } from "@tallybook/pricing";

import type { Words } from "../words/words.ts";
import { grouped } from "./numbers.ts";

/**
 * How a price works, in words; with its tiers below it, how they are to be read. What no language but English has words for is in
 * English: prices by event, by time, by dimensions, and what stands around a charge.
 */
export function termsText(price: Price, currency: string, hasParts: boolean, words: Words): string {
  const { charge } = price;
  // What stands around a charge is told with it.
  if ((price.around ?? null) !== null) return describePrice(price, currency);
  if (hasParts && charge.model === "graduated") return words.graduated;
  if (hasParts && charge.model === "volume") return words.volume;
  return (
    (words.language === "en" ? undefined : ownTerms(charge, currency, words)) ??
    describePrice(price, currency)
  );
}

function ownTerms(charge: Price["charge"], currency: string, words: Words): string | undefined {
  const amount = (of: string) => `${grouped(of, words)} ${currency}`;
  switch (charge.model) {
    case "per_unit":
      return words.perUnits(
        amount(charge.unit_amount),
        charge.per === "1" ? null : grouped(charge.per, words),
      );
    case "flat":
      return words.perPeriod(amount(charge.amount), charge.payment_term === "in_advance");
    case "package":
    case "block_tiers":
    case "graduated_percentage":
    case "stairstep":
    case "dynamic":
    case "graduated":
    case "volume":
    case "percentage":
    case "cost_plus":
    case "bulk":
    case "capacity":
    case "matrix":
    case "time_windows":
      return undefined;
  }
}
