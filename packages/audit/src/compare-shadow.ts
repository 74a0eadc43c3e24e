import { customerOf, objectsOf } from "@tallybook/catalog";
import type { Catalog, ExpectedBill, ExpectedLine } from "@tallybook/catalog";
import type { Log } from "@tallybook/log";
import { compare, decimal, minorText, mul, roundedTotal, sum, toText } from "@tallybook/money";
import type { Period } from "@tallybook/periods";

import { readBooks } from "./books.ts";
import { currencyNamed } from "./sentence.ts";
import { billedIn, expectedIn } from "./shadow-bills.ts";
import type { BilledHere, BilledLine } from "./shadow-bills.ts";
import type { ShadowCause, ShadowComparison, ShadowDifference } from "./shadow.ts";

export interface ShadowOptions {
  readonly log: Log;
  readonly tenant: string;
  /** Billing periods that begin in it. */
  readonly period: Period;
}

type Expected = ExpectedBill & { readonly period: Period };

/** Holds what another system has billed against what is billed here, drafts too, line by line and to the minor unit. */
export async function compareShadow({
  log,
  tenant,
  period,
}: ShadowOptions): Promise<ShadowComparison> {
  const books = await readBooks(log);
  const catalog = books.history.now;
  const expected = expectedIn(catalog, tenant, period);
  const billed = billedIn(books, tenant, period);
  const claimed = new Set<BilledLine>();
  const lines = expected.flatMap((bill) => {
    const own = billed.filter((each) => isOf(each, bill));
    return bill.lines.map((line) => compareLine(catalog, tenant, { bill, line, own, claimed }));
  });
  const rest = billed.flatMap((bill) => unexpected(bill, claimed, period));
  const all = [...lines, ...rest];
  return {
    tenant,
    period,
    expected: lines.length,
    equal: lines.filter(({ isEqual }) => isEqual).length,
    totals: totalsOf(all),
    differences: all
      .filter(({ isEqual }) => !isEqual)
      .map(({ difference }) => difference)
      .toSorted((a, b) => compareText(a.customer, b.customer) || a.period.from - b.period.from),
  };
}

/** A line in both systems. Minor units. */
interface LineCompared {
  readonly isEqual: boolean;
  readonly currency: string;
  readonly expected: bigint;
  readonly billed: bigint;
  readonly difference: ShadowDifference;
}

function isOf(here: BilledHere, { customer, currency, period }: Expected): boolean {
  return (
    here.customer === customer &&
    here.currency === currency &&
    period.from <= here.period_from &&
    here.period_from < period.to
  );
}

function compareLine(
  catalog: Catalog,
  tenant: string,
  of: {
    readonly bill: Expected;
    readonly line: ExpectedLine;
    readonly own: readonly BilledHere[];
    /** Lines that some line of the other system is held against. */
    readonly claimed: Set<BilledLine>;
  },
): LineCompared {
  const { bill, line, own, claimed } = of;
  const { currency, customer, period } = bill;
  const found = own.flatMap(({ lines }) => lines.filter((each) => isMeant(each, line)));
  for (const each of found) claimed.add(each);
  const expected = minorOf(line.amount, currency);
  const billed = found.reduce((total, { amount }) => total + amount, 0n);
  const quantity =
    found.length === 0 ? null : toText(sum(found.map((each) => decimal(each.quantity))));
  const isSameQuantity =
    line.quantity === null || compare(decimal(line.quantity), decimal(quantity ?? "0")) === 0;
  const cause = (): ShadowCause => {
    if (customerOf(catalog, tenant, customer) === undefined) return "missing_customer";
    if (own.length === 0) return "no_bill";
    if (found.length === 0) return whatIsMissing(line);
    if (!isSameQuantity) return "quantity";
    const most = BigInt(found.length);
    if (size(billed - expected) <= most) return "rounding";
    return isByTax(catalog, tenant, currency, { expected, billed }) ? "tax" : "price";
  };
  const { product, meter, line: name } = line;
  return {
    isEqual: expected === billed && isSameQuantity,
    currency,
    expected,
    billed,
    difference: {
      customer,
      period,
      product,
      meter,
      line: name,
      currency,
      expected: majorText(expected, currency),
      billed: found.length === 0 ? null : majorText(billed, currency),
      difference: majorText(billed - expected, currency),
      expected_quantity: line.quantity,
      billed_quantity: line.quantity === null ? null : quantity,
      cause: cause(),
    },
  };
}

/** What a line of the other system tells apart. */
function isMeant(here: BilledLine, { product, meter, line }: ExpectedLine): boolean {
  const isName = (name: string | null) => name?.toLowerCase() === line?.toLowerCase();
  return (
    (product === null || here.plan === product || here.product === product) &&
    (meter === null || here.meter === meter) &&
    (line === null || isName(here.price) || isName(here.description))
  );
}

function whatIsMissing({ meter, line, product }: ExpectedLine): ShadowCause {
  if (/\b(?:tax|vat|gst|mwst|ust)\b/i.test(`${line ?? ""} ${product ?? ""}`)) return "tax";
  return meter === null ? "no_line" : "no_usage";
}

/** One of them is the other with a tax rate of the catalog. */
function isByTax(
  catalog: Catalog,
  tenant: string,
  currency: string,
  { expected, billed }: { readonly expected: bigint; readonly billed: bigint },
): boolean {
  return [...objectsOf(catalog, tenant, "tax_rates").values()].some((versions) => {
    const { percent } = (versions.at(-1)?.body ?? { percent: "0" }) as { readonly percent: string };
    const factor = sum([decimal("1"), mul(decimal(percent), decimal("0.01"))]);
    const taxed = (minor: bigint) =>
      minorOf(toText(mul(decimal(majorText(minor, currency)), factor)), currency);
    return taxed(billed) === expected || taxed(expected) === billed;
  });
}

/** What is left of a bill that no line of the other system is held against. */
function unexpected(
  bill: BilledHere,
  claimed: ReadonlySet<BilledLine>,
  period: Period,
): LineCompared[] {
  const { customer, currency, period_from } = bill;
  const left = bill.lines.filter((line) => !claimed.has(line) && line.amount !== 0n);
  return left.map(({ plan, meter, price, description, quantity, amount }) => ({
    isEqual: false,
    currency,
    expected: 0n,
    billed: amount,
    difference: {
      customer,
      period: { from: period_from, to: period.to },
      product: plan,
      meter,
      line: price ?? description,
      currency,
      expected: null,
      billed: majorText(amount, currency),
      difference: majorText(amount, currency),
      expected_quantity: null,
      billed_quantity: quantity,
      cause: "not_expected" as const,
    },
  }));
}

function totalsOf(lines: readonly LineCompared[]): ShadowComparison["totals"] {
  return [...Map.groupBy(lines, ({ currency }) => currency)].map(([currency, own]) => {
    const expected = own.reduce((total, each) => total + each.expected, 0n);
    const billed = own.reduce((total, each) => total + each.billed, 0n);
    const text = (minor: bigint) => majorText(minor, currency);
    return {
      currency,
      expected: text(expected),
      billed: text(billed),
      difference: text(billed - expected),
    };
  });
}

/** Rounded as an invoice is. */
function minorOf(amount: string, currency: string): bigint {
  return BigInt(roundedTotal(decimal(amount), currencyNamed(currency)));
}

function majorText(minor: bigint, currency: string): string {
  return minorText(String(minor), currencyNamed(currency));
}

function size(of: bigint): bigint {
  return of < 0n ? -of : of;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
