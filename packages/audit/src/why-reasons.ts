import type { UnattributedReason } from "@tallybook/journal";

/** Why usage is, or is not, on an invoice. */
export const whyReasons = [
  "billed",
  "drafted",
  "waiting",
  "written_off",
  "refused",
  "duplicate",
  "conflict",
  "no_meter",
  "unmeasurable",
  "no_customer",
  "no_subscription",
  "other_customer",
  "several_subscriptions",
  "no_plan",
  "no_matrix_row",
  "not_activated",
  "before_start",
  "after_end",
  "paused",
  "already_rated",
  "parked",
  "held",
  "open",
  "uncut",
] as const;

export type WhyReason = (typeof whyReasons)[number];

/** What to do about it; empty where there is nothing to do. */
export function remedyOf(reason: WhyReason): string {
  switch (reason) {
    case "billed":
      return "";
    case "drafted":
      return "It is on a draft: finalize it with `tally finalize`.";
    case "waiting":
      return "It is in the journal, and comes with the subscription's next invoice.";
    case "written_off":
      return "Nothing: it is asked for once all that came late of the charge is no longer below what the tenant writes off.";
    case "refused":
      return "Send it again as it should be: a refused event does not hold its id.";
    case "duplicate":
      return "Nothing: the event that it repeats counts, once.";
    case "conflict":
      return "The first event with this id stays. If the other is right, `tally conflicts accept` it; if it is not, dismiss it; if both are meant, send the other under an id of its own.";
    case "no_meter":
      return "Publish a meter for this event type, with `history: fill` to measure what is there already.";
    case "unmeasurable":
      return "Correct the event's property, or publish a version of the meter that can read it.";
    case "no_customer":
      return "Create the customer, or send events with the id that it has here.";
    case "no_subscription":
      return "Start a subscription for the customer that covers this time, or name an existing one.";
    case "other_customer":
      return "The event names a subscription of another customer: correct one of the two names.";
    case "several_subscriptions":
      return "Several subscriptions price this meter: have events name theirs.";
    case "no_plan":
      return "No price of what the subscription is on at this time is for this meter: publish a version of the plan, an add-on or another plan with one.";
    case "no_matrix_row":
      return "Add a row for these dimensions, or a default row, in a version of the plan; adjust the period that is rated.";
    case "not_activated":
      return "The subscription waits for its customer's approval: activate it.";
    case "before_start":
      return "It happened before the subscription starts: an earlier start covers it as long as no period of that time is billed; else adjust.";
    case "after_end":
      return "It happened after the subscription's end: start another one for this time, or adjust.";
    case "paused":
      return "The subscription was paused at this time: nothing is billed of a pause. Adjust if it should be.";
    case "already_rated":
      return "The period was billed before the subscription could have this usage: adjust the subscription's next invoice.";
    case "parked":
      return "The charge cannot be rated: see why, publish what it needs, and it is rated again when usage of the period comes; else adjust.";
    case "held":
      return "The period is over and waits, for a spool to be sent or a meter's history to be filled: `/readyz` says for what. It is rated after a day of cuts at the latest.";
    case "open":
      return "The period is not over, or within its grace: it is billed then. `tally bill SUBSCRIPTION` bills what is used so far.";
    case "uncut":
      return "Its cut is not closed, or the journal has not passed it yet: wait for the next cut, or make one with `tally cut`.";
  }
}

export function reasonOf(unattributed: UnattributedReason, isActivated: boolean): WhyReason {
  switch (unattributed) {
    case "no_price":
      return "no_plan";
    case "before_activation":
      return isActivated ? "before_start" : "not_activated";
    default:
      return unattributed;
  }
}
