import {
  cut,
  type Decimal,
  type DecimalText,
  isZero,
  POSTED_DECIMALS,
  toText,
} from "@tallybook/money";
import { type Explained, explainAs, type ExplainedAround } from "./explain-charge.ts";
import { cutParts } from "./explain-steps.ts";
import type { AroundRating } from "./rate-around.ts";
import type { ChargeRating } from "./rate-usage.ts";

/** Explains a rating with what stands around its charge; `included`: the units of it that cost nothing. */
export function explainAround(
  rating: ChargeRating,
  { amount, charged, steps }: AroundRating,
  included: Decimal,
): ExplainedAround {
  const whole = cut(amount, POSTED_DECIMALS);
  const [charge, ...added] = cutParts([charged, ...steps.map((each) => each.added)], whole);
  const of: Explained = explainAs(rating, charge ?? whole);
  return {
    of: "around",
    amount: toText(whole),
    included: isZero(included) ? null : toText(included),
    charge: of,
    steps: steps.map(({ step }, index) => ({ step, amount: textOf(added[index]) })),
  };
}

function textOf(amount: Decimal | undefined): DecimalText {
  return amount === undefined ? "0" : toText(amount);
}
