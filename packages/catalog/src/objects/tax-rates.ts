import { compare, decimal, isNegative, readQuantity } from "@tallybook/money";
import { amount } from "../read-quantity-charge.ts";
import type { Collection } from "./collection.ts";
import { isCountry } from "./countries.ts";
import { countryIn, regionIn, textsIn } from "./read-texts.ts";

/** What a jurisdiction takes of a sale. */
export type TaxRate = {
  readonly name: string;
  /** Of the account that it is owed on. */
  readonly jurisdiction: string;
  /** Of the customers whose sales it is on; null: the country that the jurisdiction is called like. */
  readonly country: string | null;
  /** Only those in this part of the country. */
  readonly region: string | null;
  readonly percent: string;
  /** Prices hold it already. */
  readonly inclusive: boolean;
  /** Of the products that it is for; null: of all that have no rate of their own there. */
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
      region: regionIn(entry, "region"),
      percent: amount(entry, "percent"),
      inclusive: entry.flag("inclusive"),
      tax_category: entry.textOrNull("tax_category", "id"),
      metadata: textsIn(entry, "metadata"),
    };
    const read = readQuantity(rate.percent);
    if (!read.ok || isNegative(read.value) || compare(read.value, hundred) > 0)
      entry.fault("percent", "out_of_range", "it must be a number from 0 to 100, such as 19");
    if (rate.jurisdiction !== "" && countryOf(rate) === null) {
      const detail = `${rate.country ?? rate.jurisdiction} is no country of ISO 3166-1: say in \`country\` whose customers' sales it is on, such as DE`;
      entry.fault("country", "unknown_jurisdiction", detail);
    }
    return rate;
  },
  references: () => [],
};

/** Whose customers' sales a rate is on; null where nobody can say. */
export function countryOf({ country, jurisdiction }: TaxRate): string | null {
  const code = country ?? jurisdiction.toUpperCase();
  return isCountry(code) ? code : null;
}

const hundred = decimal("100");
