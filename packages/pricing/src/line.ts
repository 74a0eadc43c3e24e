import {
  add,
  addRatios,
  compareRatios,
  type Currency,
  cut,
  type Decimal,
  isZero,
  maxRatio,
  minRatio,
  POSTED_DECIMALS,
  type Ratio,
  ratioOf,
  sub,
  subRatios,
} from "@tallybook/money";
import type { AmountBounds } from "./bounds.ts";
import type { QuantityCharge } from "./charge.ts";
import { type Component, componentsBetween, componentsOf } from "./component.ts";
import { convertUnits, type UnitConversion } from "./conversion.ts";
import { roundMoney } from "./round-money.ts";
import { nothing, one, sumOfRatios, times } from "./share.ts";
import { taxOf } from "./tax.ts";
import { discountUsage } from "./usage-discount.ts";

/** What is done to a quantity before it is priced. */
export type QuantityStep = "unit_conversion" | "usage_discount";

/** What is done to the lines after they are priced. */
export type AmountStep = "percentage_discount" | "minimum" | "maximum" | "credits";

/** Everything in which systems differ once a price is there; nothing of it has a default. */
export interface LinePolicy {
  readonly currency: Currency;
  /** Whether each line is in whole minor units, or exact until an invoice rounds. */
  readonly rounding: "each_line" | "none";
  readonly quantitySteps: readonly QuantityStep[];
  readonly amountSteps: readonly AmountStep[];
  /** What a volume or stairstep price does in a period that is billed in pieces. */
  readonly volumeInPieces: "last_line_only" | "difference";
}

/** What goes with a price on a line. */
export interface LineTerms extends AmountBounds {
  readonly charge: QuantityCharge;
  /** Null: billable units are metered ones. */
  readonly conversion: UnitConversion | null;
  readonly freeUnits: Decimal;
  readonly percentOff: Decimal;
}

/** Where a line stands in its period; an earlier line than a middle or last one was issued, even with no usage. */
export type LinePosition = "whole_period" | "first_split" | "middle_split" | "last_split";

export interface Credit {
  readonly credit: string;
  readonly amount: Decimal;
}

/** What a line is rated from. */
export interface LineUsage {
  readonly position: LinePosition;
  readonly quantity: Decimal;
  /** In the period, on earlier lines. */
  readonly quantityBefore: Decimal;
  /** What earlier lines of the period came to, discounts taken off. */
  readonly alreadyBilled: Decimal;
  /** In the order in which they are spent. */
  readonly credits: readonly Credit[];
}

export interface RatedLine {
  readonly component: Component;
  /** unit amount × quantity, rounded by the policy. */
  readonly amount: Ratio;
  /** What rounding added to the amount; below zero where it took off. */
  readonly residue: Ratio;
  readonly discounts: readonly LineDiscount[];
  readonly credits: readonly Credit[];
  /** amount − discounts − credits. */
  readonly total: Ratio;
}

export interface LineDiscount {
  readonly reason: "percentage" | "maximum_spend";
  readonly amount: Ratio;
}

/** The lines of one charge in a period or a piece of one, by the steps of the policy, in their order. */
export function rateLines(terms: LineTerms, usage: LineUsage, policy: LinePolicy): RatedLine[] {
  const { before, until } = billableQuantities(terms, usage, policy);
  const components = pieceComponents(terms.charge, { before, until }, usage.position, policy);
  const lines = components.map((component) => lineOf(component, policy));
  return policy.amountSteps.reduce(
    (done, step) => stepped(step, done, { terms, usage, policy }),
    lines,
  );
}

/** Quantities up to the line's beginning and its end, as they are priced. */
export function billableQuantities(
  terms: Pick<LineTerms, "conversion" | "freeUnits">,
  usage: Pick<LineUsage, "quantity" | "quantityBefore">,
  { quantitySteps }: Pick<LinePolicy, "quantitySteps">,
): { readonly before: Decimal; readonly until: Decimal } {
  let before = usage.quantityBefore;
  let until = add(usage.quantityBefore, usage.quantity);
  for (const step of quantitySteps) {
    switch (step) {
      case "unit_conversion":
        if (terms.conversion === null) break;
        before = convertUnits(terms.conversion, before);
        until = convertUnits(terms.conversion, until);
        break;
      case "usage_discount": {
        const left = discountUsage(terms.freeUnits, sub(until, before), before);
        before = left.quantityBefore;
        until = add(left.quantityBefore, left.quantity);
        break;
      }
    }
  }
  return { before, until };
}

function pieceComponents(
  charge: QuantityCharge,
  { before, until }: { readonly before: Decimal; readonly until: Decimal },
  position: LinePosition,
  policy: LinePolicy,
): Component[] {
  const isFirst = position === "whole_period" || position === "first_split";
  const isLast = position === "whole_period" || position === "last_split";
  const whole = componentsOf(charge, until);
  switch (charge.model) {
    case "flat":
      return (charge.paymentTerm === "in_advance" ? isFirst : isLast) ? whole : [];
    case "volume":
    case "stairstep":
      if (policy.volumeInPieces === "last_line_only") return isLast ? whole : [];
      return isFirst ? whole : componentsBetween(whole, componentsOf(charge, before));
    case "dynamic":
      return isFirst ? whole : amountBetween(whole, componentsOf(charge, before));
    case "per_unit":
    case "graduated":
    case "package":
    case "graduated_percentage":
    case "block_tiers":
      return isFirst ? whole : componentsBetween(whole, componentsOf(charge, before));
  }
}

/** What is passed on is an amount: a piece of the period adds the difference. */
function amountBetween(later: readonly Component[], earlier: readonly Component[]): Component[] {
  const before = sumOfRatios(earlier.map(({ unitAmount }) => unitAmount));
  return later
    .map((each) => ({ ...each, unitAmount: subRatios(each.unitAmount, before) }))
    .filter(({ unitAmount }) => !isZero(unitAmount.num));
}

export function lineOf(component: Component, policy: LinePolicy): RatedLine {
  const unitAmount = component.isAmount
    ? rounded(component.unitAmount, policy)
    : component.unitAmount;
  const amount = rounded(times(component.quantity, unitAmount), policy);
  return {
    component: { ...component, unitAmount },
    amount,
    residue: subRatios(amount, times(component.quantity, component.unitAmount)),
    discounts: [],
    credits: [],
    total: amount,
  };
}

interface StepContext {
  readonly terms: LineTerms;
  readonly usage: LineUsage;
  readonly policy: LinePolicy;
}

function stepped(step: AmountStep, lines: readonly RatedLine[], context: StepContext): RatedLine[] {
  switch (step) {
    case "percentage_discount":
      return lines.map((line) => discounted(line, "percentage", percentageOff(line, context)));
    case "minimum":
      return withMinimum(lines, context);
    case "maximum":
      return withMaximum(lines, context);
    case "credits":
      return withCredits(lines, context);
  }
}

function percentageOff({ total }: RatedLine, { terms, policy }: StepContext): Ratio {
  return rounded(taxOf(total, terms.percentOff), policy);
}

/** What is missing to the minimum is a line of its own, at the end of the period. */
function withMinimum(
  lines: readonly RatedLine[],
  { terms, usage, policy }: StepContext,
): RatedLine[] {
  const isLast = usage.position === "whole_period" || usage.position === "last_split";
  if (terms.minimum === null || !isLast) return [...lines];
  const billed = addRatios(ratioOf(usage.alreadyBilled), totalOfLines(lines));
  const missing = rounded(subRatios(ratioOf(terms.minimum), billed), policy);
  if (compareRatios(missing, nothing) <= 0) return [...lines];
  const component: Component = {
    part: "minimum",
    tier: null,
    isPerTier: false,
    unitAmount: missing,
    quantity: one,
    isAmount: true,
  };
  return [...lines, lineOf(component, policy)];
}

/** What lies above the maximum is a discount on the lines that reach above it. */
function withMaximum(
  lines: readonly RatedLine[],
  { terms, usage, policy }: StepContext,
): RatedLine[] {
  const { maximum } = terms;
  if (maximum === null) return [...lines];
  let billed = ratioOf(usage.alreadyBilled);
  return lines.map((line) => {
    const above = subRatios(addRatios(billed, line.total), ratioOf(maximum));
    const most = maxRatio(line.total, nothing);
    const off = rounded(minRatio(maxRatio(above, nothing), most), policy);
    const kept = discounted(line, "maximum_spend", off);
    billed = addRatios(billed, kept.total);
    return kept;
  });
}

/** Credits pay the lines in their order, each credit until it is spent. */
function withCredits(lines: readonly RatedLine[], { usage }: StepContext): RatedLine[] {
  let left = usage.credits.map((credit) => ({ ...credit }));
  return lines.map((line) => {
    let open = line.total;
    const spent: Credit[] = [];
    left = left.map((credit) => {
      const part = minRatio(ratioOf(credit.amount), maxRatio(open, nothing));
      const amount = cut(part, POSTED_DECIMALS);
      if (isZero(amount)) return credit;
      open = subRatios(open, ratioOf(amount));
      spent.push({ credit: credit.credit, amount });
      return { ...credit, amount: sub(credit.amount, amount) };
    });
    return spent.length === 0 ? line : { ...line, credits: spent, total: open };
  });
}

function discounted(line: RatedLine, reason: LineDiscount["reason"], off: Ratio): RatedLine {
  if (isZero(off.num)) return line;
  return {
    ...line,
    discounts: [...line.discounts, { reason, amount: off }],
    total: subRatios(line.total, off),
  };
}

/** What lines come to. */
export function totalOfLines(lines: readonly Pick<RatedLine, "total">[]): Ratio {
  return sumOfRatios(lines.map(({ total }) => total));
}

function rounded(amount: Ratio, { rounding, currency }: LinePolicy): Ratio {
  switch (rounding) {
    case "each_line":
      return ratioOf(roundMoney(amount, currency));
    case "none":
      return amount;
  }
}
