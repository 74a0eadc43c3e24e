import { owedPart } from "@tallybook/catalog";
import type { BillingPeriod, Subscription } from "@tallybook/catalog";
import { decimal, ratio, toText } from "@tallybook/money";
import type { Decimal, Ratio } from "@tallybook/money";

import type { PeriodPart } from "./facts.ts";

/** What of its fees a period owes, as the evidence says it; null where nothing cuts the period, and they are owed whole. */
export function partOf(subscription: Subscription, period: BillingPeriod): PeriodPart | null {
  const { from, to, whole } = period;
  if (from === whole.from && to === whole.to) return null;
  const { num, den } = owedPart(subscription, period);
  const { proration } = subscription;
  return { whole_from: whole.from, whole_to: whole.to, proration, ...lowest(num, den) };
}

export function fractionOf({ numerator, denominator }: PeriodPart): Ratio {
  return ratio(decimal(numerator), decimal(denominator));
}

/** Of days or of microseconds, both whole. */
function lowest(num: Decimal, den: Decimal): Pick<PeriodPart, "numerator" | "denominator"> {
  const [numerator, denominator] = [BigInt(toText(num)), BigInt(toText(den))];
  let [common, rest] = [denominator, numerator];
  while (rest !== 0n) [common, rest] = [rest, common % rest];
  return {
    numerator: String(numerator / common),
    denominator: String(denominator / common),
  };
}
