import type { Price } from "@tallybook/pricing";

/** A price with nothing in it but what is given. */
export function priceWith(fields: Partial<Price>): Price {
  return { ...bare, ...fields };
}

/** Tiers as text: `10: 0.50, 20: 0.40 + 3, -: 0.30` is up_to, unit_amount and flat_amount. */
export function tiersOf(text: string): Price["tiers"] {
  return text.split(", ").map((tier) => {
    const [end = "", unit = "", flat = null] = tier.split(/: | \+ /);
    return { up_to: end === "-" ? null : end, unit_amount: unit, flat_amount: flat };
  });
}

const bare: Price = {
  price: "tokens",
  meter: "tokens",
  model: "per_unit",
  amount: null,
  unit_amount: null,
  per: "1",
  tiers: [],
  beyond: null,
  package_size: null,
  package_amount: null,
  free_units: null,
  dimensions: [],
  rows: [],
  default_row: null,
  description: "",
};
