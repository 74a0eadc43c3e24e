import { compare, decimal, isNegative, readQuantity } from "@tallybook/money";
import { amount } from "../read-quantity-charge.ts";
import type { Collection } from "./collection.ts";
import { countryIn, textsIn } from "./read-texts.ts";

/** What a jurisdiction takes of a sale. */
export type TaxRate = {
  readonly name: string;
  /** Of the account that it is owed on. */
  readonly jurisdiction: string;
  readonly country: string | null;
  readonly percent: string;
  /** Prices hold it already. */
  readonly inclusive: boolean;
  /** Of the products that it is for; all where it is null. */
  readonly tax_category: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const taxRates: Collection<TaxRate> = {
  collection: "tax_rates",
  idField: "tax_rate",
  idRule: "name",
  within: null,
  read(entry) {
    const rate = {
      name: entry.text("name", "id", entry.text("tax_rate", "name")),
      jurisdiction: entry.text("jurisdiction", "name"),
      country: countryIn(entry, "country"),
      percent: amount(entry, "percent"),
      inclusive: entry.flag("inclusive"),
      tax_category: entry.textOrNull("tax_category", "id"),
      metadata: textsIn(entry, "metadata"),
    };
    const read = readQuantity(rate.percent);
    if (!read.ok || isNegative(read.value) || compare(read.value, hundred) > 0)
      entry.fault("percent", "out_of_range", "it must be a number from 0 to 100, such as 19");
    return rate;
  },
  references: () => [],
};

const hundred = decimal("100");
