import type { Fault } from "./fault.ts";
import { combinationText, keyOf } from "./matrix.ts";
import { numberFaults } from "./numbers.ts";
import type { Price, RowPrice } from "./price.ts";

/** One price is one record of the log. */
const rowsMax = 1_000;

/** What is wrong with the dimensions and rows of a matrix; it has at least one of each. */
export function rowFaults(price: Price): Fault[] {
  if (price.rows.length > rowsMax) {
    const detail = `it has ${price.rows.length} rows: at most ${rowsMax}`;
    return [{ field: "rows", reason: "too_many", detail }];
  }
  return [
    ...repeatedNames(price),
    ...price.rows.flatMap((row, index) => [
      ...dimensionFaults(price, row.dimensions, `rows[${index}].dimensions`),
      ...amountFaults(row, `rows[${index}]`),
    ]),
    ...repeatedRows(price),
    ...(price.default_row === null ? [] : amountFaults(price.default_row, "default_row")),
  ];
}

function repeatedNames({ dimensions }: Price): Fault[] {
  return dimensions.flatMap((name, index) => {
    const first = dimensions.indexOf(name);
    if (first === index) return [];
    const detail = `${name} stands at dimensions[${first}] already; keep one of the two`;
    return [{ field: `dimensions[${index}]`, reason: "duplicate", detail }];
  });
}

function dimensionFaults(
  price: Price,
  dimensions: Readonly<Record<string, string>>,
  at: string,
): Fault[] {
  const names = price.dimensions;
  const missing = names.filter((name) => !Object.hasOwn(dimensions, name));
  const foreign = Object.keys(dimensions).filter((name) => !names.includes(name));
  return [
    ...missing.map((name) => ({
      field: `${at}.${name}`,
      reason: "missing",
      detail: `a row says a value for each dimension of the price; write "" for events that have no ${name}`,
    })),
    ...foreign.map((name) => ({
      field: `${at}.${name}`,
      reason: "not_of_price",
      detail: `the price is over ${names.join(", ")}: leave it out, or add it to the price's dimensions`,
    })),
  ];
}

function amountFaults({ unit_amount, per }: RowPrice, at: string): Fault[] {
  return [
    ...numberFaults(`${at}.unit_amount`, unit_amount, "zero_or_more"),
    ...numberFaults(`${at}.per`, per, "above_zero"),
  ];
}

function repeatedRows(price: Price): Fault[] {
  const indexByKey = new Map<string, number>();
  return price.rows.flatMap(({ dimensions }, index) => {
    const key = keyOf(price, dimensions);
    const first = indexByKey.get(key);
    if (first === undefined) {
      indexByKey.set(key, index);
      return [];
    }
    const what = combinationText(dimensions);
    const detail = `${what} has a price at rows[${first}] already; keep one of the two`;
    return [{ field: `rows[${index}]`, reason: "duplicate", detail }];
  });
}
