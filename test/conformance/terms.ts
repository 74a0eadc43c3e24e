import type { LinePolicy, LineTerms } from "@tallybook/pricing";
import type { System } from "./case.ts";
import { currencyOf } from "./money.ts";
import { boundsOf, conversionOf, quantityChargeOf } from "./price.ts";
import { Fields } from "./values.ts";

/** A price with what goes with it on a line. */
export function termsOf(fields: Fields, system: System): LineTerms {
  const price = fields.fields("price");
  const discounts = fields.has("discounts") ? fields.fields("discounts") : new Fields({});
  const unitConfig = fields.has("unit_config") ? fields.fields("unit_config") : new Fields({});
  const isConverted = unitConfig.has("operation") && unitConfig.given["enabled"] !== false;
  return {
    charge: quantityChargeOf(price.given, system, fields.textOr("currency", "USD")),
    conversion: isConverted ? conversionOf(unitConfig) : null,
    freeUnits: discounts.numberOr("free_units", "0"),
    percentOff: discounts.numberOr("percent_off", "0"),
    ...boundsOf(price),
  };
}

/** The order of steps that the cases' README states for whole lines. */
export function policyOf(fields: Fields): LinePolicy {
  return {
    currency: currencyOf(fields),
    rounding: "each_line",
    quantitySteps: ["unit_conversion", "usage_discount"],
    amountSteps: ["percentage_discount", "minimum", "maximum", "credits"],
    volumeInPieces: "last_line_only",
  };
}
