import type { AroundSpec } from "./around-spec.ts";
import type { AroundStepName } from "./rate-around.ts";

/** What a step around a charge is called where its amount stands beside it. */
export const aroundTexts: Readonly<Record<AroundStepName, string>> = {
  discount: "discount",
  overage: "above the commitment",
  true_up: "missing to the commitment",
  minimum: "missing to the minimum",
  maximum: "above the maximum",
};

/** What stands around a charge, in words; empty where nothing does. */
export function describeAround(around: AroundSpec | null, currency: string): string {
  if (around === null) return "";
  const { included_units, discount_percent, commitment, minimum_amount, maximum_amount } = around;
  return [
    ...(included_units === null ? [] : [`the first ${included_units} units are included`]),
    ...(discount_percent === null ? [] : [`${discount_percent} % off`]),
    ...(commitment === null ? [] : [commitmentText(commitment, currency)]),
    ...(minimum_amount === null ? [] : [`at least ${minimum_amount} ${currency} per period`]),
    ...(maximum_amount === null ? [] : [`at most ${maximum_amount} ${currency} per period`]),
  ]
    .map((text) => `, ${text}`)
    .join("");
}

function commitmentText(
  { amount, quantity, overage_factor, true_up }: NonNullable<AroundSpec["commitment"]>,
  currency: string,
): string {
  const what = amount === null ? `${quantity} units` : `${amount} ${currency}`;
  const above = overage_factor === "1" ? "" : `, ${overage_factor} times the price above it`;
  return `committed to ${what} per period${above}${true_up ? "" : ", without a true-up"}`;
}
