import { decimal, type Decimal, type DecimalText } from "@tallybook/money";
import type { Matrix, PerUnit, QuantityCharge, Tier } from "./charge.ts";
import type { MatrixRow, Price, RowPrice } from "./price.ts";
import { NotRatable } from "./share.ts";

/**
 * The price on the wire, a flat record, as a charge. What that form cannot say is said here: a period without usage owes
 * nothing, an exact boundary belongs to the lower tier, a begun package counts, a fee is due in advance.
 * Throws NotRatable where a field is missing that the model needs; validatePrice would have refused the price.
 */
export function quantityChargeOf(price: Price): QuantityCharge {
  switch (price.model) {
    case "flat":
      return { model: "flat", amount: required(price, "amount"), paymentTerm: "in_advance" };
    case "per_unit":
      return perUnitOf({ unit_amount: required(price, "unit_amount"), per: decimal(price.per) });
    case "graduated":
      return { model: "graduated", tiers: tiersOf(price), per: decimal(price.per), zeroUsage };
    case "volume":
      return {
        model: "volume",
        tiers: tiersOf(price),
        per: decimal(price.per),
        zeroUsage,
        boundary: "lower_tier",
      };
    case "package":
      return {
        model: "package",
        size: required(price, "package_size"),
        amount: required(price, "package_amount"),
        freeUnits: decimal(price.free_units ?? "0"),
        round: "up",
      };
    case "matrix":
      throw new NotRatable(
        `price ${price.price} is a matrix: its combinations are rated, each by its row`,
      );
  }
}

export function matrixOf(price: Price): Matrix<PerUnit> {
  return {
    model: "matrix",
    dimensions: price.dimensions,
    rows: price.rows.map((row: MatrixRow) => ({ values: row.dimensions, charge: rowOf(row) })),
    defaultRow: price.default_row === null ? null : rowOf(price.default_row),
  };
}

function rowOf({ unit_amount, per }: RowPrice): PerUnit {
  return perUnitOf({ unit_amount: decimal(unit_amount), per: decimal(per) });
}

function perUnitOf(of: { readonly unit_amount: Decimal; readonly per: Decimal }): PerUnit {
  return { model: "per_unit", unitAmount: of.unit_amount, per: of.per };
}

function tiersOf({ tiers, beyond }: Price): Tier[] {
  const last = tiers.length - 1;
  return tiers.map((tier, index) => {
    const isOpen = tier.up_to === null || (index === last && beyond === "last_tier");
    return {
      upTo: isOpen ? null : decimal(tier.up_to),
      unitAmount: tier.unit_amount === null ? null : decimal(tier.unit_amount),
      flatAmount: tier.flat_amount === null ? null : decimal(tier.flat_amount),
      capAmount: null,
    };
  });
}

function required(
  price: Price,
  field: "amount" | "unit_amount" | "package_size" | "package_amount",
): Decimal {
  const text: DecimalText | null = price[field];
  if (text === null) throw new NotRatable(`price ${price.price} (${price.model}) has no ${field}`);
  return decimal(text);
}

const zeroUsage = "nothing";
