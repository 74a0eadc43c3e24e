import { compare, decimal } from "@tallybook/money";
import type { Fault } from "./fault.ts";
import { numberFaults, readable } from "./numbers.ts";
import type { ChargeModel, Price } from "./price.ts";
import { rowFaults } from "./validate-rows.ts";
import { tierFaults } from "./validate-tiers.ts";

type NumberField = "amount" | "unit_amount" | "package_size" | "package_amount" | "free_units";
type ListField = "tiers" | "dimensions" | "rows";
type Field = NumberField | ListField | "meter" | "per" | "beyond" | "default_row";

interface ModelFields {
  readonly needed: readonly Field[];
  readonly optional: readonly Field[];
}

/**
 * Everything that is wrong with a price; empty when `rate` can rate every quantity with it.
 * Numbers may be in any notation that readQuantity takes. Fields are named from the price on.
 */
export function validatePrice(price: Price): Fault[] {
  const { needed, optional } = fieldsByModel[price.model];
  const given = givenFields(price);
  const foreign = given.filter((field) => !needed.includes(field) && !optional.includes(field));
  const missing = needed.filter((field) => !given.includes(field));
  return [
    ...missing.map((field) => fault(field, "missing", `a ${price.model} price needs ${field}`)),
    ...foreign.map((field) =>
      fault(field, "not_of_model", `a ${price.model} price has no ${field}: leave it out`),
    ),
    ...numberFields.flatMap((field) => numberFaults(field, price[field], "zero_or_more")),
    ...sizeFields.flatMap((field) => numberFaults(field, price[field], "above_zero")),
    ...(needed.includes("tiers") && price.tiers.length > 0 ? tierFaults(price) : []),
    ...(price.model === "matrix" && missing.length === 0 ? rowFaults(price) : []),
  ];
}

function givenFields(price: Price): Field[] {
  const given: Field[] = nullable.filter((field) => price[field] !== null);
  const per = readable(price.per);
  if (per === undefined || compare(per, one) !== 0) given.push("per");
  for (const field of listFields) if (price[field].length > 0) given.push(field);
  return given;
}

function fault(field: string, reason: string, detail: string): Fault {
  return { field, reason, detail };
}

const fieldsByModel: Readonly<Record<ChargeModel, ModelFields>> = {
  flat: { needed: ["amount"], optional: [] },
  per_unit: { needed: ["meter", "unit_amount"], optional: ["per"] },
  graduated: { needed: ["meter", "tiers"], optional: ["per", "beyond"] },
  volume: { needed: ["meter", "tiers"], optional: ["per", "beyond"] },
  package: { needed: ["meter", "package_size", "package_amount"], optional: ["free_units"] },
  matrix: { needed: ["meter", "dimensions", "rows"], optional: ["default_row"] },
};

const nullable = [
  "meter",
  "amount",
  "unit_amount",
  "beyond",
  "package_size",
  "package_amount",
  "free_units",
  "default_row",
] as const;

const listFields = ["tiers", "dimensions", "rows"] as const;

const numberFields = ["amount", "unit_amount", "package_amount", "free_units"] as const;
const sizeFields = ["per", "package_size"] as const;

const one = decimal("1");
