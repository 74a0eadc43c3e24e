import {
  compare,
  cut,
  decimal,
  type Decimal,
  type DecimalText,
  mul,
  POSTED_DECIMALS,
  ratio,
  sub,
  sum,
} from "@tallybook/money";
import type { Explained } from "./explain-charge.ts";
import type { ExplainedStep } from "./explain-steps.ts";

/** Whether an explanation comes to its amount: whoever shows it shows no calculation that does not hold. */
export function explanationHolds(explained: Explained): boolean {
  const { amount } = explained;
  switch (explained.of) {
    case "quantity":
      return (
        addUp(explained.steps, amount) &&
        isSum(
          explained.steps.map(({ quantity }) => quantity),
          decimalAboveZero(explained.quantity, explained.steps),
        ) &&
        explained.steps.every(stepHolds)
      );
    case "events":
      return isSum([explained.usage, explained.fixed, explained.bounds], amount);
    case "costs":
      return isSum([explained.cost, explained.markup, explained.fixed], amount);
    case "bulk":
      return (
        explained.charge.amount === amount &&
        explained.charge.quantity === explained.billable &&
        explanationHolds(explained.charge)
      );
    case "peaks":
      return explained.tier !== null || amount === "0";
    case "around": {
      const { charge, steps } = explained;
      return addUp([charge, ...steps], amount) && explanationHolds(charge);
    }
    case "times":
      return partsHold(
        explained.windows.map(({ charge }) => charge),
        amount,
      );
    case "combinations":
      return partsHold(
        explained.rows.map(({ charge }) => charge),
        amount,
      );
  }
}

function partsHold(parts: readonly Explained[], amount: DecimalText): boolean {
  return addUp(parts, amount) && parts.every(explanationHolds);
}

function addUp(parts: readonly { readonly amount: DecimalText }[], amount: DecimalText): boolean {
  return isSum(
    parts.map((part) => part.amount),
    amount,
  );
}

function isSum(parts: readonly DecimalText[], whole: DecimalText): boolean {
  return compare(sum(parts.map(decimal)), decimal(whole)) === 0;
}

/** A quantity below zero counts as zero, and one that owes nothing has no steps. */
function decimalAboveZero(quantity: DecimalText, steps: readonly ExplainedStep[]): DecimalText {
  return steps.length === 0 || quantity.startsWith("-") ? "0" : quantity;
}

/** To the last digit: the amounts of steps are cut as differences. */
function stepHolds(step: ExplainedStep): boolean {
  const usage =
    step.unit_amount === null
      ? zero
      : cut(
          ratio(mul(decimal(step.billed), decimal(step.unit_amount)), decimal(step.per)),
          POSTED_DECIMALS,
        );
  const whole = sub(sum([usage, decimal(step.flat_amount ?? "0")]), decimal(step.capped));
  return isWithin(sub(whole, decimal(step.amount)));
}

function isWithin(difference: Decimal): boolean {
  return compare(difference, slack) <= 0 && compare(difference, sub(zero, slack)) >= 0;
}

const zero = decimal("0");
const slack = decimal("0.000000000000000000000004");
