import { decimal, isNegative } from "@tallybook/money";

import { daysText } from "../days.ts";
import type { InvoiceLine } from "../facts.ts";
import type { Priced } from "../finalize.ts";
import { adjustmentOf, lateUsageOf } from "../lines.ts";
import type { Charge, Late, NumberedLine } from "./groups.ts";
import { sumOf } from "./groups.ts";
import type { PageTable, Row, TotalRow } from "./invoice-page.ts";
import { grouped, money } from "./numbers.ts";
import { partRows } from "./parts.ts";
import { name } from "./phrase.ts";
import type { Phrase } from "./phrase.ts";
import { termsText } from "./terms.ts";

/** Charges of the invoice's own period, then what came late for others, then the totals. */
export function makeTable(
  invoice: Priced,
  { charges, late }: { readonly charges: readonly Charge[]; readonly late: readonly Late[] },
): PageTable {
  const { currency } = invoice;
  return {
    caption: `What is charged, in ${currency}`,
    columns: [
      { of: "line", title: "Line" },
      { of: "description", title: "Description" },
      { of: "quantity", title: "Quantity" },
      { of: "exact", title: "Exact amount" },
      { of: "amount", title: "Amount" },
    ],
    groups: [
      ...charges.map((charge) => chargeRows(charge, currency)),
      ...late.map((each) => lateRows(each, currency)),
    ],
    totals: totals(invoice),
  };
}

function chargeRows({ lines, price, explained }: Charge, currency: string): Row[] {
  if (price === undefined) {
    const rows = lines.map((line) => lineRow(line, currency, [name(line.description)]));
    return [...rows, ...subtotal(lines, currency)];
  }
  const parts = explained === undefined ? [] : partRows(explained, price.charge, currency);
  const title = price.description || (lines[0]?.meter ?? "");
  return [
    { of: "heading", title, terms: termsText(price, currency, parts.length > 0) },
    ...lines.map((line) => lineRow(line, currency, dimensionsText(line))),
    ...subtotal(lines, currency),
    ...parts.map((part): Row => {
      const [quantity, exact] = [grouped(part.quantity), grouped(part.amount)];
      return { of: "part", what: part.text, quantity, exact };
    }),
  ];
}

function lateRows({ from, to, zone, lines }: Late, currency: string): Row[] {
  const prefixes = [lateUsageOf(from, to, zone), adjustmentOf(from, to, zone)];
  const isOfUsage = lines.some(({ meter }) => meter !== null);
  const terms = isOfUsage
    ? "Usage that became known after this period was invoiced, and what it changes."
    : "What was invoiced of this period is put right.";
  return [
    { of: "heading", title: `Adjustments to the period ${daysText(from, to, zone)}`, terms },
    ...lines.map((line) => {
      const prefix = prefixes.find((each) => line.description.startsWith(each)) ?? "";
      return lineRow(line, currency, [name(line.description.slice(prefix.length))]);
    }),
    ...subtotal(lines, currency),
  ];
}

function lineRow(line: NumberedLine, currency: string, what: Phrase): Row {
  return {
    of: "line",
    number: line.number,
    what,
    quantity: grouped(line.quantity),
    exact: grouped(line.exact),
    amount: money(line.amount, currency),
  };
}

/** Of more than one line. */
function subtotal(lines: readonly InvoiceLine[], currency: string): Row[] {
  if (lines.length < 2) return [];
  const { quantity, exact, amount } = sumOf(lines);
  // Lines of several meters have no common unit.
  const isOneMeter = new Set(lines.map(({ meter }) => meter)).size === 1;
  return [
    {
      of: "subtotal",
      what: "Together",
      quantity: isOneMeter ? grouped(quantity) : "",
      exact: grouped(exact),
      amount: money(amount, currency),
    },
  ];
}

function totals({ currency, exact, rounding, total }: Priced): TotalRow[] {
  const what = isNegative(decimal(total)) ? "Total, in your favour" : "Total";
  return [
    { of: "sum", what: "Sum of the lines", currency, amount: grouped(exact) },
    { of: "sum", what: "Rounding, once, on the sum", currency, amount: grouped(rounding) },
    { of: "total", what, currency, amount: money(total, currency) },
  ];
}

function dimensionsText({ dimensions }: InvoiceLine): Phrase {
  const names = Object.keys(dimensions).toSorted();
  if (names.length === 0) return ["All usage"];
  return names.flatMap((each, index) => [
    index === 0 ? "" : ", ",
    name(each),
    " ",
    name(dimensions[each] || "(none)"),
  ]);
}
