import { type Micros, parseTime } from "@tallybook/periods";
import type { Subscription, TenantCatalog } from "./catalog.ts";
import { merged } from "./timeline.ts";
import type { ObjectRevised, SubscriptionChanged, SubscriptionStarted, Terms } from "./facts.ts";

/** A subscription as it is made. `activation` is its customer's, see `activationOf`. */
export function started(fact: SubscriptionStarted, activation: Micros | null): Subscription {
  const { tenant, subscription, customer, plan, start, end, calendar, proration } = fact;
  const terms = [termsOf(plan, start)];
  const of = { tenant, subscription, customer, plan, start, end, terms, calendar, proration };
  return begun({ ...of, begins: null, made: terms }, activation);
}

/** From the fact's time on its terms hold, in place of what was known of the time from there on. */
export function changed(known: Subscription, fact: SubscriptionChanged): Subscription {
  const kept = known.terms.filter(({ from }) => from < fact.effective_at);
  const terms = merged([...kept, ...fact.terms]);
  // What comes with the beginning belongs to how it was made.
  return { ...known, terms, made: kept.length === 0 ? terms : known.made };
}

/** What waited for its customer begins with the approval: everything agreed on comes later by as much. */
export function begun(known: Subscription, activation: Micros | null): Subscription {
  if (activation === null) return known;
  const begins = Math.max(known.start, activation);
  const delay = begins - known.start;
  if (delay === 0) return { ...known, begins };
  const terms = known.terms.map((each) => ({ ...each, from: each.from + delay }));
  return { ...known, begins, terms };
}

/** When a customer was approved; from ever where nobody has to approve, null while somebody has and did not. */
export function activationOf(
  { objects }: Pick<TenantCatalog, "objects">,
  { customer }: Pick<Subscription, "customer">,
): Micros | null {
  const revised = objects.get("customers")?.get(customer)?.at(-1);
  const approval = revised?.body["approval"] ?? null;
  if (revised === undefined || approval === null) return -Infinity;
  return approval === "approved" ? activatedAt(revised) : null;
}

function activatedAt({ body, effective_at }: ObjectRevised): Micros {
  const text = body["activated_at"];
  return (typeof text === "string" ? parseTime(text) : undefined) ?? effective_at;
}

/** One of a plan, and nothing beside it. */
function termsOf(plan: string, from: Micros): Terms {
  return { from, plan, quantity: "1", add_ons: [], paused: false, covered: "nothing" };
}
