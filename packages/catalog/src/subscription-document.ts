import { formatTime } from "@tallybook/periods";
import type { Subscription } from "./catalog.ts";
import type { AddOn, BillingAnchor, Terms } from "./facts.ts";

/** A subscription as a document has it, with what it was started on; what a document may leave out is left out. */
export function subscriptionDocument(of: Subscription) {
  const { subscription, customer, start, proration } = of;
  const { plan, ...beside } = startedOn(of);
  return {
    subscription,
    customer,
    plan,
    start: formatTime(start),
    end: of.end === null ? null : formatTime(of.end),
    calendar: { ...of.calendar, anchor: anchorDocument(of.calendar.anchor) },
    proration,
    ...beside,
  };
}

/** What a subscription was started on, as a document has it. */
export function startedOn({ start, made }: Subscription) {
  const [first = noTerms, ...later] = made;
  const delay = first.from - start;
  const trialEnd = later.find(({ covered }) => covered === "nothing")?.from;
  const isTrial = first.covered !== "nothing" && trialEnd !== undefined;
  const phases = later.flatMap((each, index) => phaseOf(made[index] ?? first, each, delay));
  return {
    plan: first.plan,
    ...(first.quantity === "1" ? undefined : { quantity: first.quantity }),
    ...(first.add_ons.length === 0 ? undefined : { add_ons: listOf(first.add_ons) }),
    ...(isTrial
      ? { trial: { end: formatTime(trialEnd - delay), covers: first.covered } }
      : undefined),
    ...(phases.length === 0 ? undefined : { phases }),
  };
}

/** What changes from one part of the timeline to the next; the end of a trial is no phase. */
function phaseOf(before: Terms, { from, plan, quantity, add_ons }: Terms, delay: number) {
  const change = {
    ...(plan === before.plan ? undefined : { plan }),
    ...(quantity === before.quantity ? undefined : { quantity }),
    ...(JSON.stringify(add_ons) === JSON.stringify(before.add_ons)
      ? undefined
      : { add_ons: listOf(add_ons) }),
  };
  return Object.keys(change).length === 0 ? [] : [{ at: formatTime(from - delay), ...change }];
}

/** Of fields by name, as JSON has them. */
function listOf(addOns: readonly AddOn[]) {
  return addOns.map(({ plan, quantity }) => ({ plan, quantity }));
}

function anchorDocument({ kind, weekday, day, month }: BillingAnchor) {
  switch (kind) {
    case "calendar":
    case "anniversary":
      return kind;
    case "weekday":
      return { weekday };
    case "day_of_month":
      return { day_of_month: day, month };
  }
}

const noTerms: Terms = {
  from: 0,
  plan: "",
  quantity: "1",
  add_ons: [],
  paused: false,
  covered: "nothing",
};
