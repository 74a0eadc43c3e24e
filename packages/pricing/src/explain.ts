import {
  type Currency,
  type DecimalText,
  isZero,
  ratioOf,
  subRatios,
  toText,
} from "@tallybook/money";
import { type ExplainedStep, stepsOf, stepText, textOf } from "./explain-steps.ts";
import {
  billableQuantities,
  type LinePolicy,
  type LineTerms,
  type LineUsage,
  type RatedLine,
  totalOfLines,
} from "./line.ts";
import { rateQuantity } from "./rate-quantity.ts";
import { roundMoney } from "./round-money.ts";
import { nothing, type QuantityRating, sumOfRatios } from "./share.ts";

/** How a rated amount came about: what a person can check by hand. */
export interface Explanation {
  /** Of the price. */
  readonly version: number;
  readonly steps: readonly ExplainedStep[];
  /** Cut at 24 decimals. */
  readonly exact: DecimalText;
  /** In the minor units of the currency; null where this amount is not rounded. */
  readonly rounded: DecimalText | null;
  /** Rounded less exact, cut at 24 decimals. */
  readonly residue: DecimalText;
  readonly sentence: string;
}

/** Explains a rating, as data and as a sentence. `rounding` says whether the amount is rounded where it stands. */
export function explainRating(
  { amount, shares }: QuantityRating,
  price: { readonly version: number; readonly currency: Currency },
  rounding: "rounded" | "exact",
): Explanation {
  const rounded = rounding === "rounded" ? roundMoney(amount, price.currency) : null;
  const residue = rounded === null ? nothing : subRatios(ratioOf(rounded), amount);
  const steps = stepsOf(shares);
  const exact = textOf(amount);
  return {
    version: price.version,
    steps,
    exact,
    rounded: rounded === null ? null : toText(rounded),
    residue: textOf(residue),
    sentence: [
      steps.map((step) => stepText(step, price.currency.code)).join("; ") || "Nothing was used",
      `in all ${exact} ${price.currency.code}`,
      ...(rounded === null || isZero(residue.num)
        ? []
        : [`rounded to ${toText(rounded)}, which adds ${textOf(residue)}`]),
      `by version ${price.version} of the price.`,
    ].join(", "),
  };
}

/** How the lines of a charge came about, in a period or a piece of one. */
export interface LinesExplanation {
  readonly version: number;
  /** As the meter counted it, on the line and before it. */
  readonly metered: DecimalText;
  readonly metered_before: DecimalText;
  /** As it is priced, after conversion and free units: everything up to the line's end, and what of it was billed before. */
  readonly billable_until: DecimalText;
  readonly billable_before: DecimalText;
  /** The tiers that everything up to the line's end passes. */
  readonly steps: readonly ExplainedStep[];
  /** What rounding added on all lines, cut at 24 decimals. */
  readonly residue: DecimalText;
  readonly total: DecimalText;
  readonly sentence: string;
}

/** Explains lines that rateLines made of the same terms, usage and policy. */
export function explainLines(
  lines: readonly RatedLine[],
  of: { readonly terms: LineTerms; readonly usage: LineUsage; readonly policy: LinePolicy },
  version: number,
): LinesExplanation {
  const { before, until } = billableQuantities(of.terms, of.usage, of.policy);
  const rating = rateQuantity(of.terms.charge, until);
  const { code } = of.policy.currency;
  const steps = stepsOf(rating.shares);
  const residue = textOf(sumOfRatios(lines.map((line) => line.residue)));
  const total = textOf(totalOfLines(lines));
  const billed = toText(before);
  return {
    version,
    metered: toText(of.usage.quantity),
    metered_before: toText(of.usage.quantityBefore),
    billable_until: toText(until),
    billable_before: billed,
    steps,
    residue,
    total,
    sentence: [
      `${toText(of.usage.quantity)} metered, ${toText(until)} billable in the period so far` +
        (billed === "0" ? "" : `, ${billed} of them on earlier lines`),
      ...lines.map((line) => lineText(line, code)),
      `in all ${total} ${code}${residue === "0" ? "" : `, of which rounding is ${residue}`}, by version ${version} of the price.`,
    ].join("; "),
  };
}

function lineText(
  { component, amount, discounts, credits, total }: RatedLine,
  code: string,
): string {
  const { part, tier, quantity, unitAmount } = component;
  const less = [
    ...discounts.map((each) => `less ${textOf(each.amount)} (${reasonTexts[each.reason]})`),
    ...credits.map((each) => `less ${toText(each.amount)} (credit ${each.credit})`),
  ];
  const what = `${partTexts[part]}${tier === null ? "" : ` of tier ${tier}`}`;
  const sum = `${toText(quantity)} × ${textOf(unitAmount)} = ${textOf(amount)} ${code}`;
  return [
    `${what}: ${sum}`,
    ...less,
    ...(less.length === 0 ? [] : [`leaves ${textOf(total)}`]),
  ].join(", ");
}

const partTexts = {
  usage: "usage",
  flat: "flat amount",
  cap: "above the cap",
  minimum: "missing to the minimum",
} as const;

const reasonTexts = { percentage: "discount", maximum_spend: "above the maximum" } as const;
