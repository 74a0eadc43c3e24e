import {
  addRatios,
  compareRatios,
  cut,
  type Decimal,
  decimal,
  type DecimalText,
  isZero,
  maxRatio,
  minRatio,
  mulRatios,
  POSTED_DECIMALS,
  type Ratio,
  ratioOf,
  subRatios,
} from "@tallybook/money";
import type { AroundSpec } from "./around-spec.ts";
import { type Commitment, rateCommitment } from "./commitment.ts";
import { nothing, one, zero } from "./share.ts";
import { taxOf } from "./tax.ts";
import type { Usage } from "./rate-usage.ts";
import { discountUsage } from "./usage-discount.ts";

/** Which part of a period is rated, and when. */
export interface AroundOf {
  /** Of the whole period: what is said of that holds for as much. */
  readonly fraction: Ratio;
  /** Whether what is missing is owed: not before the period is over, and not while a trial covers its fees. */
  readonly isMissingOwed: boolean;
}

export type AroundStepName = "discount" | "overage" | "true_up" | "minimum" | "maximum";

/** What a step added to the amount; below zero where it took off. Never zero. */
export interface AroundStep {
  readonly step: AroundStepName;
  readonly added: Ratio;
}

export interface AroundRating {
  readonly amount: Ratio;
  /** What the charge alone comes to. */
  readonly charged: Ratio;
  /** Of the amount, what is missing to the commitment and the minimum: it is owed for no usage. */
  readonly missing: Ratio;
  readonly steps: readonly AroundStep[];
}

/** Usage without the units that are included, and how many of those were used. */
export function withoutIncluded(
  { included_units }: AroundSpec,
  usage: Usage,
  { fraction }: Pick<AroundOf, "fraction">,
): { readonly usage: Usage; readonly included: Decimal } {
  if (included_units === null || usage.of !== "quantity") return { usage, included: zero };
  const units = cut(mulRatios(ratioOf(decimal(included_units)), fraction), unitDecimals);
  const left = discountUsage(units, usage.quantity, zero);
  return { usage: { ...usage, quantity: left.quantity }, included: left.freeOnLine };
}

/**
 * What stands around a charge, in this order: the discount, the commitment with its overage and true-up, the minimum, the maximum.
 * `priceOf` says what so many units cost before the discount. Of a part of a period each holds by its fraction; where that is 0,
 * none does but the discount.
 */
export function rateAround(
  around: AroundSpec,
  charged: Ratio,
  priceOf: (quantity: Decimal) => Ratio,
  { fraction, isMissingOwed }: AroundOf,
): AroundRating {
  const isOfNone = isZero(fraction.num);
  const less = (amount: Ratio) => subRatios(amount, taxOf(amount, percentOf(around)));
  const spent = less(charged);
  const committed = rateCommitment(commitmentOf(around, fraction), spent, (quantity) =>
    less(priceOf(quantity)),
  );
  const used = addRatios(committed.used, committed.overage);
  const trueUp = isMissingOwed ? committed.trueUp : nothing;
  const owed = addRatios(used, trueUp);
  const least = isMissingOwed ? prorated(around.minimum_amount, fraction) : null;
  const raised = least === null ? owed : maxRatio(owed, least);
  const most = isOfNone ? null : prorated(around.maximum_amount, fraction);
  const amount = most === null ? raised : minRatio(raised, most);
  const steps: AroundStep[] = [
    { step: "discount", added: subRatios(spent, charged) },
    { step: "overage", added: subRatios(used, spent) },
    { step: "true_up", added: trueUp },
    { step: "minimum", added: subRatios(raised, owed) },
    { step: "maximum", added: subRatios(amount, raised) },
  ];
  return {
    amount,
    charged,
    missing: minRatio(addRatios(trueUp, subRatios(raised, owed)), amount),
    steps: steps.filter(({ added }) => compareRatios(added, nothing) !== 0),
  };
}

function percentOf({ discount_percent }: AroundSpec): Decimal {
  return discount_percent === null ? zero : decimal(discount_percent);
}

function commitmentOf({ commitment }: AroundSpec, fraction: Ratio): Commitment | null {
  if (commitment === null) return null;
  const { amount, quantity, overage_factor, true_up } = commitment;
  const of = (text: DecimalText) =>
    cut(mulRatios(ratioOf(decimal(text)), fraction), POSTED_DECIMALS);
  return {
    committed:
      amount === null
        ? { kind: "quantity", quantity: of(quantity ?? "0") }
        : { kind: "amount", amount: of(amount) },
    overageFactor: decimal(overage_factor),
    trueUp: true_up,
  };
}

function prorated(amount: DecimalText | null, fraction: Ratio): Ratio | null {
  return amount === null ? null : mulRatios(ratioOf(decimal(amount)), fraction);
}

/** All of a period, once it is over. */
export const wholePeriod: AroundOf = { fraction: ratioOf(one), isMissingOwed: true };

/** Of a part of a period's units; what lies beyond is not included. */
const unitDecimals = 12;
