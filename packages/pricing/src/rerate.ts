import {
  add,
  addRatios,
  type Decimal,
  isZero,
  negate,
  type Ratio,
  subRatios,
} from "@tallybook/money";
import { componentKey, nets } from "./component.ts";
import {
  type LineDiscount,
  type LinePolicy,
  type LineTerms,
  type RatedLine,
  rateLines,
} from "./line.ts";
import { nothing, sumOfRatios, zero } from "./share.ts";

/** A line as it was billed, or as it is to be billed now. */
export interface BookedLine extends Omit<RatedLine, "credits"> {
  /** The part of the service period that it is for. */
  readonly period: string;
  /** A billed line comes back as a whole: the period has no such component at that price any more. */
  readonly isReversal: boolean;
  /** Not on the period of the run that makes it. */
  readonly isCorrection: boolean;
}

/** Usage known at a run, up to the end of a part of the service period. */
export interface KnownUsage {
  readonly period: string;
  /** From the beginning of the service period on. */
  readonly cumulative: Decimal;
}

export interface Run {
  /** Every part of the service period so far, in order; the last one is the run's own. */
  readonly usage: readonly KnownUsage[];
  /** The run ends the service period: a minimum and what is due in arrears are part of it. */
  readonly isLast: boolean;
}

/** Where a difference goes: on the run's own period, or each on the period that it belongs to. */
export type Booking = "current_period" | "original_period";

/**
 * What a run has to bill after what was billed before: two ratings of the service period, compared by component and unit
 * price. At the same price quantities net; at another one the billed line comes back and a new one stands beside it. What
 * was paid with credits changes nothing. Differences of no money are left out.
 */
export function rerate(
  terms: LineTerms,
  run: Run,
  booked: readonly BookedLine[],
  booking: Booking,
  policy: LinePolicy,
): BookedLine[] {
  const own = run.usage.at(-1);
  if (own === undefined) return [];
  switch (booking) {
    case "current_period": {
      const rated = ratedUpTo(terms, own, run.isLast, policy);
      return difference(rated, booked).map((line) => ({ ...line, period: own.period }));
    }
    case "original_period":
      return run.usage.flatMap(({ period }) => {
        const expected = expectedLines(terms, run, policy).filter((line) => line.period === period);
        const before = booked.filter((line) => line.period === period);
        return difference(expected, before).map((line) => ({
          ...line,
          period,
          isCorrection: period !== own.period,
        }));
      });
  }
}

/** What each part of the service period should hold by what is known now; a reversal stays on the part that it reverses. */
function expectedLines(terms: LineTerms, run: Run, policy: LinePolicy): BookedLine[] {
  const expected: BookedLine[] = [];
  for (const [index, known] of run.usage.entries()) {
    const isLast = run.isLast && index === run.usage.length - 1;
    expected.push(...difference(ratedUpTo(terms, known, isLast, policy), expected));
  }
  return expected;
}

/** Everything from the beginning of the service period on, as if it were one line. */
function ratedUpTo(
  terms: LineTerms,
  { period, cumulative }: KnownUsage,
  isLast: boolean,
  policy: LinePolicy,
): BookedLine[] {
  const usage = {
    position: isLast ? "whole_period" : "first_split",
    quantity: cumulative,
    quantityBefore: zero,
    alreadyBilled: zero,
    credits: [],
  } as const;
  return rateLines(terms, usage, { ...policy, volumeInPieces: "difference" }).map((line) => ({
    ...line,
    period,
    isReversal: false,
    isCorrection: false,
  }));
}

/** The lines of the later rating less those of the earlier one. */
function difference(later: readonly BookedLine[], earlier: readonly BookedLine[]): BookedLine[] {
  const now = groups(later, sameComponent);
  const then = groups(earlier, sameComponent);
  const changed = now.map((line) => {
    const before = then.find((each) => sameComponent(each, line));
    return before === undefined ? line : lessLine(line, before);
  });
  const isGone = (line: BookedLine): boolean => !now.some((each) => sameComponent(each, line));
  const gone = groups(
    earlier.filter(isGone),
    (a, b) => sameComponent(a, b) && a.period === b.period,
  );
  return [...changed, ...gone.map(reversed)].filter(isMoney);
}

function sameComponent(a: BookedLine, b: BookedLine): boolean {
  return nets(a.component, b.component);
}

/** Lines of one kind as one, in the order in which the kinds come. */
function groups(
  lines: readonly BookedLine[],
  isSame: (a: BookedLine, b: BookedLine) => boolean,
): BookedLine[] {
  const merged: BookedLine[] = [];
  for (const line of lines) {
    const index = merged.findIndex((each) => isSame(each, line));
    const before = merged[index];
    if (before === undefined) merged.push(line);
    else merged[index] = plusLine(before, line);
  }
  return merged;
}

function plusLine(a: BookedLine, b: BookedLine): BookedLine {
  return {
    ...a,
    component: { ...a.component, quantity: add(a.component.quantity, b.component.quantity) },
    amount: addRatios(a.amount, b.amount),
    residue: addRatios(a.residue, b.residue),
    discounts: plusDiscounts(a.discounts, b.discounts),
    total: addRatios(a.total, b.total),
  };
}

function lessLine(line: BookedLine, before: BookedLine): BookedLine {
  return plusLine(line, reversed(before));
}

function reversed(line: BookedLine): BookedLine {
  return {
    ...line,
    component: { ...line.component, quantity: negate(line.component.quantity) },
    amount: subRatios(nothing, line.amount),
    residue: subRatios(nothing, line.residue),
    discounts: line.discounts.map(({ reason, amount }) => ({
      reason,
      amount: subRatios(nothing, amount),
    })),
    total: subRatios(nothing, line.total),
    isReversal: true,
  };
}

function plusDiscounts(a: readonly LineDiscount[], b: readonly LineDiscount[]): LineDiscount[] {
  return (["percentage", "maximum_spend"] as const).flatMap((reason) => {
    const parts = [...a, ...b].filter((each) => each.reason === reason);
    const amount = sumOfRatios(parts.map((each) => each.amount));
    return isZero(amount.num) ? [] : [{ reason, amount }];
  });
}

function isMoney({ amount, discounts, total }: BookedLine): boolean {
  const amounts: readonly Ratio[] = [amount, total, ...discounts.map((each) => each.amount)];
  return amounts.some(({ num }) => !isZero(num));
}

/** What lines come to, by what they are. */
export interface LineTotals {
  /** Usage and flat amounts, before discounts. */
  readonly amount: Ratio;
  readonly discount: Ratio;
  /** What a minimum adds. */
  readonly commitment: Ratio;
  readonly total: Ratio;
}

export function totalsOf(
  lines: readonly Pick<RatedLine, "component" | "amount" | "discounts" | "total">[],
): LineTotals {
  const isMinimum = (line: { readonly component: RatedLine["component"] }): boolean =>
    componentKey(line.component) === "minimum";
  const discounts = lines.flatMap((line) => line.discounts);
  return {
    amount: sumOfRatios(lines.filter((line) => !isMinimum(line)).map((line) => line.amount)),
    discount: sumOfRatios(discounts.map((each) => each.amount)),
    commitment: sumOfRatios(lines.filter(isMinimum).map((line) => line.amount)),
    total: sumOfRatios(lines.map((line) => line.total)),
  };
}
