import { decimal, type DecimalText, isZero, toText } from "@tallybook/money";
import { formatTime, type Micros } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import { billingPeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import { Entry } from "./entry.ts";
import type { AdjustmentOrdered } from "./facts.ts";
import { Faults } from "./faults.ts";
import { adjustmentsOf, subscriptionOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";

/** An adjustment that somebody orders. */
export interface AdjustmentAsked {
  /** Null: it gets one. */
  readonly adjustment: string | null;
  readonly subscription: string;
  readonly amount: DecimalText;
  readonly reason: string;
  /** In the billing period that it is about; null: now, or the last one of a subscription that is over. */
  readonly at: Micros | null;
}

export type AdjustmentRead =
  | { readonly ok: true; readonly asked: AdjustmentAsked }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** What money an adjustment may be about: 15 digits before the point and 12 behind it, not zero. */
const amountText = /^-?\d{1,15}(?:\.\d{1,12})?$/;

/** `{ adjustment, subscription, amount, reason, at }` */
export function readAdjustment(json: unknown): AdjustmentRead {
  const faults = new Faults();
  const entry = new Entry(json, "", faults);
  const asked = {
    adjustment: entry.textOrNull("adjustment", "name"),
    subscription: entry.text("subscription", "id"),
    amount: readAmount(entry),
    reason: entry.text("reason", "id"),
    at: entry.timeOrNull("at"),
  };
  entry.end();
  const list = faults.list();
  return list.length === 0 ? { ok: true, asked } : { ok: false, faults: list };
}

/** The fact of an adjustment; none where the very same is known under its id. `id`: for one that names none. */
export function orderAdjustment(
  catalog: Catalog,
  read: AdjustmentAsked,
  { id, ...asked }: Asked & { readonly id: string },
  faults: Faults,
): AdjustmentOrdered[] {
  const adjustment = read.adjustment ?? id;
  const subscription = subscriptionOf(catalog, asked.tenant, read.subscription);
  if (subscription === undefined) {
    const detail = `there is no subscription ${read.subscription}`;
    faults.add("subscription", "unknown_subscription", detail);
    return [];
  }
  const { amount, reason } = read;
  const known = adjustmentsOf(catalog, asked.tenant).get(adjustment)?.fact;
  const time = read.at ?? known?.period_from ?? lastTime(subscription, asked.now);
  const period = billingPeriodAt(subscription, time);
  if (period === undefined) {
    const detail = `nothing of the subscription is billed at ${formatTime(time)}: name a time in the billing period that the adjustment is about`;
    faults.add("at", "no_period", detail);
    return [];
  }
  const { from: period_from, to: period_to } = period;
  const made = { subscription: read.subscription, period_from, period_to, amount, reason };
  if (known !== undefined) {
    const isSame = Object.entries(made).every(
      ([name, value]) => known[name as keyof typeof made] === value,
    );
    const detail = `the adjustment ${adjustment} says something else: give this one another id`;
    if (!isSame) faults.add("adjustment", "taken", detail);
    return [];
  }
  return [{ kind: "AdjustmentOrdered", ...recorded(asked), adjustment, ...made }];
}

function readAmount(entry: Entry): DecimalText {
  const text = entry.number("amount");
  if (text === null) {
    if (!entry.has("amount")) entry.fault("amount", "missing", "it is required");
    return "0";
  }
  if (!amountText.test(text)) {
    const detail =
      "it must be a number such as -12.50, with at most 15 digits before the point and 12 behind it";
    entry.fault("amount", "not_an_amount", detail);
    return "0";
  }
  const amount = decimal(text);
  if (isZero(amount)) entry.fault("amount", "zero", "an adjustment of 0 adjusts nothing");
  return toText(amount);
}

/** Now, as long as the subscription lasts; where it is yet to begin, when that is. */
function lastTime({ begins, start, end }: Subscription, now: Micros): Micros {
  const time = Math.max(now, begins ?? start);
  return end === null ? time : Math.min(time, end - 1);
}
