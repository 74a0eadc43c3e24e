import type { UsageRow } from "@tallybook/usage";

import { feesInAdvance } from "./advance.ts";
import { interimRatings, usageTakenBack } from "./interim.ts";
import { orderedAdjustments } from "./ordered.ts";
import { planStep } from "./plan.ts";
import type { Rating, StepBasis } from "./plan.ts";
import type { TakenOfInvoices } from "./movements.ts";
import { joinSteps, rateStep } from "./rate.ts";
import type { RatedStep } from "./rate.ts";

/** All that a step rates from usage; `plan` is what of it falls due, without what somebody has asked to bill before. */
export interface StepRatings {
  readonly plan: readonly Rating[];
  readonly ratings: readonly Rating[];
}

/** `late` is what `lateUsage` asks for. */
export function ratingsOfStep(basis: StepBasis, late: readonly UsageRow[]): StepRatings {
  const plan = planStep(basis, late);
  return { plan, ratings: [...plan, ...interimRatings(basis, plan)] };
}

/** What a step posts for which no usage is read: with what is posted for `ratings`, it is everything. */
export function postedWithoutUsage(
  basis: StepBasis,
  { plan }: StepRatings,
  invoices: readonly TakenOfInvoices[],
): RatedStep {
  const transactions = [
    ...feesInAdvance(basis, plan),
    ...usageTakenBack(basis),
    ...orderedAdjustments(basis),
  ];
  return joinSteps([rateStep(basis, [], [], invoices), { transactions, parked: [] }]);
}
