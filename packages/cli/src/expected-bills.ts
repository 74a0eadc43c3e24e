import { createHash } from "node:crypto";
import { formatTime } from "@tallybook/periods";
import type { Period } from "@tallybook/periods";
import { type CsvRow, readCsv } from "./csv.ts";
import { Failure } from "./failure.ts";
import { readPeriod } from "./period-option.ts";

/** An entry of a catalog document. */
export interface ExpectedEntry {
  readonly expected_bill: string;
  readonly customer: string;
  readonly from: string;
  readonly until: string;
  readonly currency: string;
  readonly lines: readonly Readonly<Record<string, string | null>>[];
}

const needed = ["customer", "period", "amount", "currency"] as const;
const others = ["product", "meter", "line", "quantity"] as const;
type Column = (typeof needed)[number] | (typeof others)[number];

/** What an old system's file says: a bill for each customer, period and currency. Throws a failure with every fault and its line. */
export function readExpected(text: string, file: string): ExpectedEntry[] {
  const [head, ...rows] = readCsv(text, file);
  if (head === undefined) throw new Failure(`${file} is empty: its first line names the columns.`);
  const places = placesOf(head, file);
  const faults: string[] = [];
  const bills = new Map<
    string,
    ExpectedEntry & { readonly lines: Record<string, string | null>[] }
  >();
  for (const row of rows) {
    const of = (column: Column) => row.fields[places.get(column) ?? -1] ?? "";
    const fault = (detail: string) => faults.push(`${file}:${row.line}: ${detail}`);
    if (row.fields.length !== head.fields.length)
      fault(`it has ${row.fields.length} fields, and the first line ${head.fields.length}`);
    for (const column of needed) if (of(column) === "") fault(`${column} is empty`);
    for (const column of ["amount", "quantity"] as const)
      if (of(column) !== "" && !/^-?\d+(?:\.\d+)?$/.test(of(column)))
        fault(`${column} \`${of(column)}\` is no number: write it like 1234.56`);
    const period = periodOf(of("period"));
    if (period === undefined) {
      if (of("period") !== "")
        fault(
          `period \`${of("period")}\` is none: write 2023-11, 2023-11-16, or two times with a slash`,
        );
      continue;
    }
    const [customer, currency] = [of("customer"), of("currency")];
    const [from, until] = [formatTime(period.from), formatTime(period.to)];
    const id = createHash("sha256")
      .update(JSON.stringify([customer, from, until, currency]))
      .digest("hex");
    const bill = bills.get(id) ?? { expected_bill: id, customer, from, until, currency, lines: [] };
    const given = (column: Column) => (of(column) === "" ? null : of(column));
    const [product, meter, line] = [given("product"), given("meter"), given("line")];
    bill.lines.push({ product, meter, line, quantity: given("quantity"), amount: of("amount") });
    bills.set(id, bill);
  }
  if (faults.length > 0) throw new Failure(faults.join("\n"));
  return [...bills.values()];
}

function placesOf(head: CsvRow, file: string): Map<Column, number> {
  const names = head.fields.map((field) => field.toLowerCase());
  const known: readonly string[] = [...needed, ...others];
  const unknown = names.filter((name) => !known.includes(name));
  const missing = needed.filter((name) => !names.includes(name));
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  const faults = [
    ...missing.map((name) => `the column ${name} is missing`),
    ...unknown.map((name) => `there is no column \`${name}\`: there are ${known.join(", ")}`),
    ...twice.map((name) => `the column ${name} stands there twice`),
  ];
  if (faults.length > 0)
    throw new Failure(faults.map((fault) => `${file}:${head.line}: ${fault}.`).join("\n"));
  return new Map(names.map((name, at) => [name as Column, at]));
}

function periodOf(text: string): Period | undefined {
  try {
    return readPeriod("shadow import", text);
  } catch {
    return undefined;
  }
}
