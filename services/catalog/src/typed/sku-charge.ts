import type { DecimalText } from "@tallybook/money";
import type { Plain } from "../body.ts";
import { Fields } from "./fields.ts";

/** How a SKU's amount goes by what was used, by the typed API's names. */
export const pricingModels = [
  "PerUnit",
  "Flat",
  "Graduated",
  "Tiered",
  "Volume",
  "Package",
] as const;

export type PricingModel = (typeof pricingModels)[number];

/** What a SKU says of its charge. */
export const chargeFields: ReadonlySet<string> = new Set([
  "unit_amount_nanos",
  "amount_nanos",
  "flat_amount_nanos",
  "package_amount_nanos",
  "package_size",
  "tiers",
]);

/** The fields of a price's charge, as a document has them. */
export type ChargeFields = { readonly [field: string]: Plain };

/** Reads the charge of a SKU from the fields of its model; amounts come in nanos. */
export function readSkuCharge(fields: Fields, model: PricingModel): ChargeFields {
  switch (model) {
    case "PerUnit":
      return { model: "per_unit", unit_amount: amount(fields, ["unit_amount_nanos"]) };
    case "Flat":
      return {
        model: "flat",
        amount: amount(fields, ["amount_nanos", "flat_amount_nanos", "unit_amount_nanos"]),
      };
    case "Graduated":
    case "Tiered":
      return { model: "graduated", tiers: readTiers(fields) };
    case "Volume":
      return { model: "volume", tiers: readTiers(fields) };
    case "Package":
      return {
        model: "package",
        package_size: packageSize(fields),
        package_amount: amount(fields, ["package_amount_nanos", "unit_amount_nanos"]),
      };
  }
}

/** The field of a SKU that a document's field was made of. */
export function skuField(field: string): string {
  return field.replace(/(^|\.)((?:unit_|flat_|package_)?amount)$/, "$1$2_nanos");
}

/** The first of the fields that is there. */
function amount(fields: Fields, names: readonly [string, ...string[]]): DecimalText {
  const name = names.find((each) => fields.has(each));
  if (name !== undefined) return fields.nanos(name) ?? "0";
  fields.require(names[0], 'units of 1e-12 of the currency, such as "2000000" for 0.000002');
  return "0";
}

function packageSize(fields: Fields): DecimalText {
  fields.require("package_size", "how many units a package has, such as 1000");
  return fields.quantity("package_size") ?? "1";
}

function readTiers(fields: Fields): Plain[] {
  fields.require(
    "tiers",
    'a list such as [{"up_to": 1000, "unit_amount_nanos": "2000000"}, {"unit_amount_nanos": "1000000"}]',
  );
  return fields.list("tiers", (json, at) => {
    const tier = new Fields(json, fields.faults, at);
    return {
      up_to: tier.quantity("up_to"),
      unit_amount: tier.nanos("unit_amount_nanos"),
      flat_amount: tier.nanos("flat_amount_nanos"),
    };
  });
}
