import { csvRecord } from "@tallybook/books";
import type { CsvCell } from "@tallybook/books";
import { formatTime } from "@tallybook/periods";

import type { InvoiceFact } from "./facts.ts";
import { roundLines } from "./finalize.ts";
import { partsByLine } from "./parts.ts";
import { taxLines } from "./tax/lines.ts";
import { majorText } from "./page/numbers.ts";

const names = [
  "invoice",
  "number",
  "customer",
  "subscription",
  "plan",
  "plan_version",
  "line",
  "kind",
  "description",
  "meter",
  "dimensions",
  "quantity",
  "exact",
  "amount",
  "currency",
  "period_from",
  "period_to",
  "transaction",
] as const;

/**
 * All lines of an invoice as a table, with everything that the invoice knows of them: amounts in major units with all digits of the
 * currency, which add up to the total, taxes behind the others; the exact ones beside them. A draft has no number, and the cents that it would have.
 */
export function renderInvoiceCsv(fact: InvoiceFact): string {
  const isFinalized = fact.kind === "InvoiceFinalized";
  const lines = isFinalized ? [...fact.lines, ...taxLines(fact)] : roundLines(fact).lines;
  const parts = partsByLine(fact);
  const rows = lines.map((line, index) => {
    // Taxes stand behind the lines, and are of the whole invoice.
    const { subscription, plan, plan_version } = parts[index] ?? fact;
    const cells: Record<(typeof names)[number], CsvCell> = {
      invoice: text(fact.invoice),
      number: text(isFinalized ? fact.number : ""),
      customer: text(fact.customer),
      subscription: text(subscription),
      plan: text(plan),
      plan_version: number(plan === "" ? "" : String(plan_version)),
      line: number(String(index + 1)),
      kind: text(line.transaction_kind),
      description: text(line.description),
      meter: text(line.meter ?? ""),
      dimensions: text(dimensionsText(line.dimensions)),
      quantity: number(line.quantity),
      exact: number(line.exact),
      amount: number(majorText(line.amount, fact.currency)),
      currency: text(fact.currency),
      period_from: number(formatTime(line.period_from)),
      period_to: number(formatTime(line.period_to)),
      transaction: text(line.transaction),
    };
    return csvRecord(names.map((name) => cells[name]));
  });
  return [csvRecord(names.map(text)), ...rows].join("");
}

/** As JSON, names in code unit order; empty where there is none. */
export function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(dimensions).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return sorted.length === 0 ? "" : JSON.stringify(Object.fromEntries(sorted));
}

function text(of: string): CsvCell {
  return { text: of, isText: true };
}

function number(of: string): CsvCell {
  return { text: of, isText: false };
}
