import {
  customerOf,
  plansOf,
  statusOf,
  subscriptionOf,
  termsAt,
  type Catalog,
  type Subscription,
} from "@tallybook/catalog";
import { formatTime, type Micros, MICROS_PER_DAY } from "@tallybook/periods";
import { isJsonObject, type Json } from "@tallybook/usage";
import { applyOne } from "../orders/apply.ts";
import type { Decided, Order } from "../orders/order.ts";
import { typedSubscription, typedSubscriptionInput } from "../schemas/typed.ts";
import { readFields } from "./body.ts";
import { calendarOf } from "./cadence.ts";
import { readCurrency } from "./customers.ts";
import type { Fields } from "./fields.ts";
import { detailsOf } from "./plans.ts";
import type { Resource } from "./resource.ts";
import { trialDaysMax } from "./words.ts";

/** Whether the body of a `POST /v1/subscriptions` is of the typed form: it has a field that no other form has. */
export function isTypedSubscription(json: Json): boolean {
  return isJsonObject(json) && ["customer_id", "plan_id"].some((field) => field in json);
}

/** `/admin/v1/subscriptions`, and `POST /v1/subscriptions` {customer_id, plan_id, currency, trial_days} */
export const typedSubscriptions: Resource = {
  path: "/admin/v1/subscriptions",
  one: "a subscription",
  many: "subscriptions",
  input: typedSubscriptionInput,
  output: typedSubscription,
  make: (json, id) => createSubscription(id, readFields(json, readSubscription)),
  idMade({ facts }) {
    const started = facts.find(({ kind }) => kind === "SubscriptionStarted");
    if (started?.kind === "SubscriptionStarted") return started.subscription;
    throw new Error("no subscription was started");
  },
  ids: (catalog, tenant) => catalog.tenants.get(tenant)?.subscriptions.keys() ?? [],
  view: ({ catalog, at }, tenant, id) => viewOf(catalog, tenant, id, at),
  filters: {
    customer_id: "Of that customer.",
    plan_id: "On that plan.",
    status: "Pending, Scheduled, Trialing, Active, Paused or Ended.",
  },
};

interface SubscriptionDraft {
  readonly customer_id: string;
  readonly plan_id: string;
  readonly currency: string | null;
  /** Null: as the plan says. */
  readonly trial_days: number | null;
}

function readSubscription(fields: Fields): SubscriptionDraft {
  return {
    customer_id: fields.name("customer_id"),
    plan_id: fields.name("plan_id"),
    currency: fields.has("currency") ? readCurrency(fields, "USD") : null,
    trial_days: fields.whole("trial_days", { max: trialDaysMax }),
  };
}

/**
 * It starts with the UTC day on which it is made: what is stamped in whole seconds, or by a clock that is a little behind, belongs
 * to it as well. Its periods are as long as the plan's cadence says, from there on; a trial covers fixed fees, never usage.
 */
function createSubscription(id: string, draft: SubscriptionDraft): Order {
  return (catalog, asked) => {
    const { customer_id: customer, plan_id: plan } = draft;
    const { tenant } = asked;
    const fault = faultIn(catalog, tenant, draft);
    if (fault !== undefined) return fault;
    const details = detailsOf(catalog, tenant, plan);
    const days = draft.trial_days ?? details?.trial_days ?? 0;
    return applyOne("subscriptions", {
      subscription: id,
      customer,
      plan,
      start: formatTime(asked.now - (asked.now % MICROS_PER_DAY)),
      calendar: calendarOf(details?.billing_cadence ?? "Monthly"),
      trial: days === 0 ? null : { days: String(days), covers: "fixed_fees" },
    })(catalog, asked);
  };
}

/** What is not there, or is in another currency; said here, in the words of this form. */
function faultIn(catalog: Catalog, tenant: string, draft: SubscriptionDraft): Decided | undefined {
  const { customer_id, plan_id, currency } = draft;
  const customer = customerOf(catalog, tenant, customer_id);
  if (customer === undefined) {
    const detail = `there is no customer ${customer_id}: make it first with POST /admin/v1/customers`;
    return faulty("customer_id", "unknown_customer", detail);
  }
  const plan = plansOf(catalog, tenant).get(plan_id)?.at(-1);
  if (plan === undefined && detailsOf(catalog, tenant, plan_id) !== undefined) {
    const detail = `plan ${plan_id} has no price yet: give it a SKU first with POST /admin/v1/catalog/skus`;
    return faulty("plan_id", "no_price", detail);
  }
  if (plan === undefined) {
    const detail = `there is no plan ${plan_id}: make it first with POST /admin/v1/catalog/plans`;
    return faulty("plan_id", "unknown_plan", detail);
  }
  if (currency !== null && currency !== plan.currency) {
    const detail = `the plan is in ${plan.currency}: write that, or leave it out, or take another plan`;
    return faulty("currency", "currency_mismatch", detail);
  }
  if (customer.currency !== plan.currency) {
    const detail = `the plan is in ${plan.currency} and the customer is billed in ${customer.currency}: choose a plan in that currency`;
    return faulty("plan_id", "currency_mismatch", detail);
  }
  return undefined;
}

function faulty(field: string, reason: string, detail: string): Decided {
  return { kind: "faulty", faults: [{ field, reason, detail }] };
}

function viewOf(catalog: Catalog, tenant: string, id: string, at: Micros) {
  const of = subscriptionOf(catalog, tenant, id);
  if (of === undefined) return undefined;
  const trialEnd = trialEndOf(of);
  return {
    id,
    customer_id: of.customer,
    plan_id: termsAt(of, at)?.plan ?? of.plan,
    status: words[statusOf(of, at)],
    currency: plansOf(catalog, tenant).get(of.plan)?.at(-1)?.currency ?? null,
    start_date: formatTime(of.start),
    end_date: of.end === null ? null : formatTime(of.end),
    trial_end: trialEnd === null ? null : formatTime(trialEnd),
    trial_days: trialEnd === null ? 0 : Math.round((trialEnd - of.start) / MICROS_PER_DAY),
  };
}

/** Where the first terms that a trial does not cover begin; null where there is no trial. */
function trialEndOf({ terms }: Subscription): Micros | null {
  if (terms[0] === undefined || terms[0].covered === "nothing") return null;
  return terms.find(({ covered }) => covered === "nothing")?.from ?? null;
}

const words = {
  pending: "Pending",
  scheduled: "Scheduled",
  trialing: "Trialing",
  active: "Active",
  paused: "Paused",
  ended: "Ended",
} as const;
