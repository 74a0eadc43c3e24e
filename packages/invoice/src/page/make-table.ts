import type { DocumentDetail } from "@tallybook/catalog";
import { decimal, isNegative } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import { spokenDays } from "../days.ts";
import type { InvoiceLine } from "../facts.ts";
import type { Priced } from "../finalize.ts";
import { adjustmentOf, lateUsageOf } from "../lines.ts";
import type { Words } from "../words/words.ts";
import type { Charge, Late, NumberedLine } from "./groups.ts";
import { sumOf } from "./groups.ts";
import type { PageTable, Row, TotalRow } from "./invoice-page.ts";
import { grouped, money } from "./numbers.ts";
import { partRows } from "./parts.ts";
import { code, name } from "./phrase.ts";
import type { Phrase } from "./phrase.ts";
import { taxRows } from "./tax-rows.ts";
import { termsText } from "./terms.ts";

/** What stands on an invoice of a subscription: charges of its own period, then what came late for others. */
export interface Section {
  /** Where the invoice is of several subscriptions: which one it is, and by what plan and for which days. */
  readonly heading: { readonly title: string; readonly terms: string } | null;
  readonly charges: readonly Charge[];
  readonly late: readonly Late[];
}

/** Its sections, one where it is of one subscription, then the totals; `standing` behind them. */
export function makeTable(
  invoice: Priced,
  sections: readonly Section[],
  look: Look,
  standing: readonly TotalRow[] = [],
): PageTable {
  const { words } = look;
  const { currency } = invoice;
  return {
    caption: words.caption(currency),
    thousands: words.thousands,
    columns: columns.map((column) => ({ of: column, title: words.columns[column] })),
    groups: sections.flatMap((section) => sectionGroups(section, currency, look)),
    totals: [...totals(invoice, words), ...standing],
  };
}

/** The heading stands with the first of its rows, and what the section comes to with the last. */
function sectionGroups(section: Section, currency: string, look: Look): Row[][] {
  const { heading, charges, late } = section;
  const groups = rowGroups(section, currency, look);
  if (heading === null) return groups;
  const lines = [...charges, ...late].flatMap((of) => of.lines);
  const what = `${look.words.together}: ${heading.title}`;
  const sum = { ...summaryRow(lines, what, currency, look.words), quantity: "" };
  const [first = [], ...others] = groups;
  const rows = [[{ of: "heading" as const, ...heading }, ...first], ...others];
  return rows.map((own, at) => (at === rows.length - 1 ? [...own, sum] : own));
}

function rowGroups({ charges, late }: Section, currency: string, look: Look): Row[][] {
  const { words, detail } = look;
  if (detail !== "summary")
    return [
      ...charges.map((charge) => chargeRows(charge, currency, look)),
      ...late.map((each) => lateRows(each, currency, words)),
    ];
  return [
    [
      ...charges.map((of) => summaryRow(of.lines, titleOf(of), currency, words)),
      ...late.map((of) =>
        summaryRow(of.lines, words.adjustmentsTo(daysIn(of, words)), currency, words),
      ),
    ],
  ];
}

const columns = ["line", "description", "quantity", "exact", "amount"] as const;

/** How much is shown, and in which words. */
export interface Look {
  readonly words: Words;
  readonly detail: DocumentDetail;
}

/** What a charge, or what came late for a period, comes to as a whole. Its lines are in the table of all lines (CSV). */
function summaryRow(
  lines: readonly NumberedLine[],
  what: string,
  currency: string,
  words: Words,
): Extract<Row, { readonly of: "subtotal" }> {
  const { quantity, exact, amount } = sumOf(lines);
  const isOneMeter = new Set(lines.map(({ meter }) => meter)).size === 1;
  return {
    of: "subtotal",
    what,
    quantity: isOneMeter ? grouped(quantity, words) : "",
    exact: grouped(exact, words),
    amount: money(amount, currency, words),
  };
}

function titleOf({ lines, price }: Charge): string {
  const [line] = lines;
  return price?.description || (price === undefined ? line?.description : line?.meter) || "";
}

function chargeRows(
  { lines, price, explained }: Charge,
  currency: string,
  { words, detail }: Look,
): Row[] {
  if (price === undefined) {
    const rows = lines.map((line) => lineRow(line, currency, words, [name(line.description)]));
    return [...rows, ...subtotal(lines, currency, words)];
  }
  const isTold = explained !== undefined && detail === "tiers";
  const parts = isTold ? partRows(explained, price.charge, currency, words) : [];
  const title = price.description || (lines[0]?.meter ?? "");
  const terms = termsText(price, currency, parts.length > 0, words);
  return [
    { of: "heading", title, terms: detail === "tiers" ? terms : "" },
    ...lines.map((line) => lineRow(line, currency, words, dimensionsText(line, words))),
    ...subtotal(lines, currency, words),
    ...parts.map((part): Row => {
      const [quantity, exact] = [grouped(part.quantity, words), grouped(part.amount, words)];
      return { of: "part", what: part.text, quantity, exact };
    }),
  ];
}

function lateRows(late: Late, currency: string, words: Words): Row[] {
  const { from, to, zone, lines } = late;
  const prefixes = [lateUsageOf(from, to, zone), adjustmentOf(from, to, zone)];
  const isOfUsage = lines.some(({ meter }) => meter !== null);
  const terms = isOfUsage ? words.lateUsage : words.putRight;
  return [
    { of: "heading", title: words.adjustmentsTo(daysIn(late, words)), terms },
    ...lines.map((line) => {
      const prefix = prefixes.find((each) => line.description.startsWith(each)) ?? "";
      const reference: Phrase = line.order === null ? [] : [" (", code(line.order), ")"];
      const what = [name(line.description.slice(prefix.length)), ...reference];
      return lineRow(line, currency, words, what);
    }),
    ...subtotal(lines, currency, words),
  ];
}

function daysIn({ from, to, zone }: Late, words: Words): string {
  return spokenDays(from, to, zone, words);
}

function lineRow(line: NumberedLine, currency: string, words: Words, what: Phrase): Row {
  return {
    of: "line",
    number: line.number,
    what,
    quantity: grouped(line.quantity, words),
    exact: grouped(line.exact, words),
    amount: money(line.amount, currency, words),
  };
}

/** Of more than one line. Lines of several meters have no common unit. */
function subtotal(lines: readonly NumberedLine[], currency: string, words: Words): Row[] {
  return lines.length < 2 ? [] : [summaryRow(lines, words.together, currency, words)];
}

function totals(invoice: Priced, words: Words): TotalRow[] {
  const { currency, exact, rounding, total, taxes } = invoice;
  const what = isNegative(decimal(total)) ? words.totalInFavour : words.total;
  const rounded = taxes.length === 0 ? words.rounding : words.tax.rounding;
  const sums = [
    [words.sum, exact],
    [rounded, rounding],
  ] as const;
  return [
    ...sums.map(([of, amount]): TotalRow => {
      return { of: "sum", in: "exact", what: [of], currency, amount: grouped(amount, words) };
    }),
    ...taxRows(invoice, words),
    totalRow(what, total, currency, words),
  ];
}

/** What is asked for, with its currency. */
export function totalRow(
  what: string,
  amount: DecimalText,
  currency: string,
  words: Words,
): TotalRow {
  return {
    of: "total",
    in: "amount",
    what: [what],
    currency,
    amount: money(amount, currency, words),
  };
}

function dimensionsText({ dimensions }: InvoiceLine, words: Words): Phrase {
  const names = Object.keys(dimensions).toSorted();
  if (names.length === 0) return [words.allUsage];
  return names.flatMap((each, index) => [
    index === 0 ? "" : ", ",
    name(each),
    " ",
    name(dimensions[each] || words.none),
  ]);
}
