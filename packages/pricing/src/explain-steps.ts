import {
  addRatios,
  cut,
  decimal,
  type Decimal,
  type DecimalText,
  POSTED_DECIMALS,
  type Ratio,
  sub,
  toText,
} from "@tallybook/money";
import { nothing, type Share } from "./share.ts";

/** One tier that the quantity passed. */
export interface ExplainedStep {
  readonly tier: number;
  readonly from: DecimalText;
  readonly up_to: DecimalText | null;
  readonly quantity: DecimalText;
  /** Units, packages or blocks that the unit amount was for. */
  readonly billed: DecimalText;
  readonly unit_amount: DecimalText | null;
  readonly per: DecimalText;
  readonly flat_amount: DecimalText | null;
  /** What a cap took off. */
  readonly capped: DecimalText;
  /** At most 24 decimals. */
  readonly amount: DecimalText;
}

/** The steps of a rating; their amounts add up to the whole. */
export function stepsOf(shares: readonly Share[], whole?: Decimal): ExplainedStep[] {
  const amounts = cutParts(
    shares.map(({ amount }) => amount),
    whole,
  );
  return shares.map((share, index) => ({
    tier: share.tier,
    from: toText(share.from),
    up_to: share.upTo === null ? null : toText(share.upTo),
    quantity: toText(share.quantity),
    billed: toText(share.billed),
    unit_amount: share.unitAmount === null ? null : toText(share.unitAmount),
    per: toText(share.per),
    flat_amount: share.flatAmount === null ? null : toText(share.flatAmount),
    capped: textOf(share.capped),
    amount: toText(amounts[index] ?? zero),
  }));
}

/**
 * Parts of a whole, cut at 24 decimals as differences of their running sum, so that they add up to it. The last one takes what
 * is left of a whole that was cut as a part of something itself.
 */
export function cutParts(parts: readonly Ratio[], whole?: Decimal): Decimal[] {
  let running = nothing;
  let given = zero;
  return parts.map((part, index) => {
    running = addRatios(running, part);
    const isLast = index === parts.length - 1;
    const due = isLast && whole !== undefined ? whole : cut(running, POSTED_DECIMALS);
    const own = sub(due, given);
    given = due;
    return own;
  });
}

/** A step in words, such as `100 units from 0 to 100: 100 × 2 USD = 200 USD`. */
export function stepText(step: ExplainedStep, code: string): string {
  const where = step.up_to === null && step.from === "0" ? "" : ` ${spanText(step)}`;
  const parts = [
    ...(step.unit_amount === null ? [] : [`${step.billed} × ${unitText(step, code)}`]),
    ...(step.flat_amount === null ? [] : [`${step.flat_amount} ${code} once`]),
    ...(step.capped === "0" ? [] : [`less ${step.capped} ${code} above the cap`]),
  ];
  const how = parts.length === 0 ? "free" : `${parts.join(" + ")} = ${step.amount} ${code}`;
  return `${step.quantity} units${where}: ${how}`;
}

/** An amount as a text of at most 24 decimals. */
export function textOf(amount: Ratio): DecimalText {
  return toText(cut(amount, POSTED_DECIMALS));
}

function spanText({ from, up_to }: ExplainedStep): string {
  return up_to === null ? `above ${from}` : `from ${from} to ${up_to}`;
}

function unitText({ unit_amount, per }: ExplainedStep, code: string): string {
  return per === "1" ? `${unit_amount} ${code}` : `${unit_amount} ${code} per ${per}`;
}

const zero = decimal("0");
