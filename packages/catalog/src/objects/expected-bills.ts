import { isZero, readQuantity, toText } from "@tallybook/money";
import { Entry } from "../entry.ts";
import type { Faults } from "../faults.ts";
import { readCurrency } from "../read-plan.ts";
import type { Collection } from "./collection.ts";
import { textsIn, timeTextIn } from "./read-texts.ts";

/** What another system has billed a customer for a period, to be held against what comes out here. */
export type ExpectedBill = {
  /** As the other system calls it: there may be no such customer here. */
  readonly customer: string;
  /** Billing periods that begin from then on, and before `until`; RFC 3339. */
  readonly from: string;
  readonly until: string;
  readonly currency: string;
  readonly lines: readonly ExpectedLine[];
  readonly metadata: Readonly<Record<string, string>>;
};

/** A part of it; what is null is not told apart. */
export type ExpectedLine = {
  /** Id of a plan or a product. */
  readonly product: string | null;
  readonly meter: string | null;
  /** Name of a price, or the words of a line. */
  readonly line: string | null;
  readonly quantity: string | null;
  /** Major units. */
  readonly amount: string;
};

export const expectedBills: Collection<ExpectedBill> = {
  collection: "expected_bills",
  idField: "expected_bill",
  idRule: "name",
  within: null,
  read(entry) {
    const bill: ExpectedBill = {
      customer: entry.text("customer", "id"),
      from: timeIn(entry, "from"),
      until: timeIn(entry, "until"),
      currency: readCurrency(entry),
      lines: entry.list("lines", readLine),
      metadata: textsIn(entry, "metadata"),
    };
    if (bill.lines.length === 0)
      entry.fault("lines", "missing", "it is required: one at least, such as the bill's total");
    return bill;
  },
  // Whom the other system billed need not be there: that is one of the things to find out.
  references: () => [],
};

function readLine(json: unknown, at: string, faults: Faults): ExpectedLine {
  const entry = new Entry(json, at, faults);
  const line = {
    product: entry.textOrNull("product", "id"),
    meter: entry.textOrNull("meter", "id"),
    line: entry.textOrNull("line", "id"),
    quantity: numberIn(entry, "quantity"),
    amount: numberIn(entry, "amount"),
  };
  if (line.amount === null) entry.fault("amount", "missing", "it is required, such as 12.34");
  entry.end();
  return { ...line, amount: line.amount ?? "0" };
}

function timeIn(entry: Entry, key: string): string {
  const time = timeTextIn(entry, key);
  if (time === null) entry.fault(key, "missing", "it is required, such as 2023-11-01T00:00:00Z");
  return time ?? "";
}

/** Below zero too: a credit. */
function numberIn(entry: Entry, key: string): string | null {
  const text = entry.number(key);
  if (text === null) return null;
  const read = readQuantity(text);
  if (!read.ok) {
    entry.fault(key, "not_a_number", "it must be a number with up to 12 decimals, such as -3.50");
    return "0";
  }
  return isZero(read.value) ? "0" : toText(read.value);
}
