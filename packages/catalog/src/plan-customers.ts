import { formatTime } from "@tallybook/periods";
import { calendarText, wholePeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import type { CatalogDocument, CustomerDraft, SubscriptionDraft } from "./document.ts";
import { checkPlan } from "./check-terms.ts";
import type {
  BillingCalendar,
  CustomerCreated,
  SubscriptionChanged,
  SubscriptionEnded,
  SubscriptionStarted,
  Terms,
} from "./facts.ts";
import { activationOf, begun, started as startedAs } from "./fold-subscription.ts";
import type { Faults } from "./faults.ts";
import { customerOf, plansOf, subscriptionOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";
import { isSameTerms } from "./timeline.ts";

type SubscriptionFact = SubscriptionStarted | SubscriptionChanged | SubscriptionEnded;

/** The customers of a document, those that are known with the currency and the zone that an entry leaves out. */
export function knownCustomers(
  catalog: Catalog,
  { customers }: CatalogDocument,
  { tenant }: Pick<Asked, "tenant">,
): CustomerDraft[] {
  return customers.map((draft) => {
    const known = customerOf(catalog, tenant, draft.customer);
    if (known === undefined) return draft;
    const { currency, time_zone } = known;
    return {
      ...draft,
      ...(draft.unsaid.includes("currency") ? { currency } : undefined),
      ...(draft.unsaid.includes("time_zone") ? { time_zone } : undefined),
    };
  });
}

/** Each customer that is new; of a known one currency and time zone are for good, and all else is in its profile. */
export function customerFacts(
  catalog: Catalog,
  { customers }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): CustomerCreated[] {
  return customers.flatMap((draft, index): CustomerCreated[] => {
    const known = customerOf(catalog, asked.tenant, draft.customer);
    if (known === undefined) {
      const { customer, name, currency, time_zone } = draft;
      return [
        {
          kind: "CustomerCreated",
          ...recorded(asked),
          effective_at: asked.now,
          customer,
          name,
          currency,
          time_zone,
        },
      ];
    }
    for (const field of ["currency", "time_zone"] as const) {
      if (known[field] === draft[field]) continue;
      const detail = `it is ${known[field]} and cannot be changed; write that`;
      faults.add(`customers[${index}].${field}`, "cannot_change", detail);
    }
    return [];
  });
}

/** Each subscription that is new, and the end of each open one that now has an end. */
export function subscriptionFacts(
  catalog: Catalog,
  document: CatalogDocument,
  asked: Asked,
  faults: Faults,
): SubscriptionFact[] {
  const known = knownIn(catalog, document, asked.tenant);
  return document.subscriptions.flatMap((draft, index): SubscriptionFact[] => {
    const at = `subscriptions[${index}]`;
    checkReferences(draft, known, at, faults);
    const zone = draft.calendar.time_zone ?? known.customer(draft.customer)?.time_zone ?? "UTC";
    const wanted = { ...draft, calendar: { ...draft.calendar, time_zone: zone } };
    const before = subscriptionOf(catalog, asked.tenant, draft.subscription);
    return before === undefined
      ? started(wanted, catalog, asked)
      : changeOf(before, wanted, asked, { at, faults });
  });
}

/** A draft whose calendar has its zone. */
type Wanted = SubscriptionDraft & { readonly calendar: BillingCalendar };

interface Known {
  readonly customer: (
    customer: string,
  ) => Pick<CustomerCreated, "currency" | "time_zone"> | undefined;
  readonly planCurrency: (plan: string) => string | undefined;
}

/** What the document defines counts as there. */
function knownIn(catalog: Catalog, document: CatalogDocument, tenant: string): Known {
  const customers = new Map(document.customers.map((draft) => [draft.customer, draft]));
  const plans = new Map(document.plans.map((draft) => [draft.plan, draft.currency]));
  return {
    customer: (customer) => customers.get(customer) ?? customerOf(catalog, tenant, customer),
    planCurrency: (plan) => plans.get(plan) ?? plansOf(catalog, tenant).get(plan)?.at(-1)?.currency,
  };
}

function checkReferences(draft: SubscriptionDraft, known: Known, at: string, faults: Faults): void {
  const currency = known.customer(draft.customer)?.currency;
  if (currency === undefined) {
    const detail = `there is no customer ${draft.customer}: create it first or in the same document`;
    faults.add(`${at}.customer`, "unknown_customer", detail);
  }
  const check = (plan: string, field: string) => {
    const isThere = known.planCurrency(plan) !== undefined;
    if (currency === undefined && isThere) return;
    checkPlan(plan, `${at}.${field}`, currency ?? "", known.planCurrency, faults);
  };
  for (const { plan, add_ons } of draft.terms) {
    check(plan, plan === draft.plan ? "plan" : "phases");
    for (const [place, addOn] of add_ons.entries()) check(addOn.plan, `add_ons[${place}].plan`);
  }
}

/** What it is on says a fact of its own, unless that is one of the plan and nothing else. */
function started(
  { terms, ...draft }: Wanted,
  catalog: Catalog,
  asked: Asked,
): [SubscriptionStarted, ...SubscriptionChanged[]] {
  const of = recorded(asked);
  const fact = { kind: "SubscriptionStarted", ...of, effective_at: draft.start, ...draft } as const;
  const { subscription } = draft;
  const tenant = catalog.tenants.get(asked.tenant);
  const activation = tenant === undefined ? -Infinity : activationOf(tenant, draft);
  const usual = startedAs(fact, activation);
  // With a customer who was approved later than the start, all of it begins there.
  const own = begun({ ...usual, begins: null, terms }, activation).terms;
  const effective_at = own[0]?.from ?? draft.start;
  return isOnSame(usual.terms, own)
    ? [fact]
    : [fact, { kind: "SubscriptionChanged", ...of, effective_at, subscription, terms: own }];
}

/** Whether two timelines say the same, wherever they begin. */
function isOnSame(one: readonly Terms[], other: readonly Terms[]): boolean {
  if (one.length !== other.length) return false;
  const [from, otherFrom] = [one[0]?.from ?? 0, other[0]?.from ?? 0];
  return one.every((each, index) => {
    const second = other[index];
    return (
      second !== undefined &&
      each.from - from === second.from - otherFrom &&
      isSameTerms(each, second)
    );
  });
}

/** A subscription that is known can end; all else about it stays. */
function changeOf(
  known: Subscription,
  draft: Wanted,
  asked: Asked,
  { at, faults }: { readonly at: string; readonly faults: Faults },
): SubscriptionEnded[] {
  if (known.customer !== draft.customer) {
    const detail = `it is ${known.customer} and cannot be changed; end it and start another one`;
    faults.add(`${at}.customer`, "cannot_change", detail);
  }
  const change = `change it from a time on by POST /v1/subscriptions/${draft.subscription}/change`;
  if (known.plan !== draft.plan)
    faults.add(`${at}.plan`, "cannot_change", `it was started on ${known.plan}; ${change}`);
  else if (!isOnSame(known.made, draft.terms)) {
    const detail = `quantity, add_ons, trial and phases are others than it was started with; ${change}`;
    faults.add(`${at}.quantity`, "cannot_change", detail);
  }
  if (known.start !== draft.start) {
    const detail = `it started ${formatTime(known.start)}, which cannot be changed; write that`;
    faults.add(`${at}.start`, "cannot_change", detail);
  }
  const [is, wanted] = [calendarText(known.calendar), calendarText(draft.calendar)];
  if (is !== wanted) {
    const detail = `its periods are ${is}, which cannot be changed; end it and start another one`;
    faults.add(`${at}.calendar`, "cannot_change", detail);
  }
  if (known.proration !== draft.proration) {
    const detail = `it is ${known.proration}, which cannot be changed; write that`;
    faults.add(`${at}.proration`, "cannot_change", detail);
  }
  if (known.end === draft.end) return [];
  if (known.end !== null || draft.end === null) {
    const end = known.end === null ? "open" : `over at ${formatTime(known.end)}`;
    const detail = `it is ${end}, which cannot be changed; write that, or start another one`;
    faults.add(`${at}.end`, "cannot_change", detail);
    return [];
  }
  const present = wholePeriodAt(known, asked.now).from;
  if (draft.end < present) {
    const detail = `what is before its present period may be billed; it can end at ${formatTime(present)} at the earliest`;
    faults.add(`${at}.end`, "in_the_past", detail);
  }
  const { subscription, end } = draft;
  return [{ kind: "SubscriptionEnded", ...recorded(asked), effective_at: end, subscription, end }];
}
