import type { Micros } from "@tallybook/periods";
import { termsAt, wholePeriodAt } from "./billing-periods.ts";
import type { Subscription } from "./catalog.ts";

/** How a subscription stands: waiting for its customer's approval, or for its start; in a trial, billed, paused, or over. */
export type SubscriptionStatus = (typeof statuses)[number];

export const statuses = ["pending", "scheduled", "trialing", "active", "paused", "ended"] as const;

export function statusOf(subscription: Subscription, now: Micros): SubscriptionStatus {
  const { begins, end } = subscription;
  if (end !== null && end <= now) return "ended";
  if (begins === null) return "pending";
  if (now < begins) return "scheduled";
  const terms = termsAt(subscription, now);
  if (terms?.paused === true) return "paused";
  return terms === undefined || terms.covered === "nothing" ? "active" : "trialing";
}

/**
 * From when on a subscription can still change: where the earliest period begins that cannot have been rated, by the clock.
 * Undefined where it is over, and that may have been billed.
 */
export function openFrom(
  subscription: Subscription,
  now: Micros,
  graceMicros: Micros,
): Micros | undefined {
  const { begins, start, end } = subscription;
  const due = now - graceMicros;
  if (end !== null && end <= due) return undefined;
  const earliest = begins ?? start;
  return due <= earliest ? earliest : Math.max(earliest, wholePeriodAt(subscription, due).from);
}
