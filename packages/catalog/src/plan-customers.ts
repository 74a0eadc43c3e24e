import { formatTime, monthOf } from "@tallybook/periods";
import type { Catalog, Subscription } from "./catalog.ts";
import type { CatalogDocument, SubscriptionDraft } from "./document.ts";
import type { CustomerCreated, SubscriptionEnded, SubscriptionStarted } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { customerOf, plansOf, subscriptionOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";

type SubscriptionFact = SubscriptionStarted | SubscriptionEnded;

/** Each customer that is new; of a known one nothing can change yet. */
export function customerFacts(
  catalog: Catalog,
  { customers }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): CustomerCreated[] {
  return customers.flatMap((draft, index): CustomerCreated[] => {
    const known = customerOf(catalog, asked.tenant, draft.customer);
    if (known === undefined) {
      return [{ kind: "CustomerCreated", ...recorded(asked), effective_at: asked.now, ...draft }];
    }
    for (const field of ["name", "currency"] as const) {
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
  const currencies = currenciesOf(catalog, document, asked.tenant);
  return document.subscriptions.flatMap((draft, index): SubscriptionFact[] => {
    const at = `subscriptions[${index}]`;
    checkReferences(draft, currencies, at, faults);
    const known = subscriptionOf(catalog, asked.tenant, draft.subscription);
    return known === undefined
      ? [started(draft, asked)]
      : changeOf(known, draft, asked, { at, faults });
  });
}

interface Currencies {
  readonly ofCustomer: (customer: string) => string | undefined;
  readonly ofPlan: (plan: string) => string | undefined;
}

/** What the document defines counts as there. */
function currenciesOf(catalog: Catalog, document: CatalogDocument, tenant: string): Currencies {
  const customers = new Map(document.customers.map((draft) => [draft.customer, draft.currency]));
  const plans = new Map(document.plans.map((draft) => [draft.plan, draft.currency]));
  return {
    ofCustomer: (customer) =>
      customers.get(customer) ?? customerOf(catalog, tenant, customer)?.currency,
    ofPlan: (plan) => plans.get(plan) ?? plansOf(catalog, tenant).get(plan)?.at(-1)?.currency,
  };
}

function checkReferences(
  draft: SubscriptionDraft,
  { ofCustomer, ofPlan }: Currencies,
  at: string,
  faults: Faults,
): void {
  const customerCurrency = ofCustomer(draft.customer);
  const planCurrency = ofPlan(draft.plan);
  if (customerCurrency === undefined) {
    const detail = `there is no customer ${draft.customer}: create it first or in the same document`;
    faults.add(`${at}.customer`, "unknown_customer", detail);
  }
  if (planCurrency === undefined) {
    const detail = `there is no plan ${draft.plan}: publish it first or in the same document`;
    faults.add(`${at}.plan`, "unknown_plan", detail);
  }
  if (customerCurrency === undefined || planCurrency === undefined) return;
  if (customerCurrency !== planCurrency) {
    const detail = `the plan is in ${planCurrency} and the customer is billed in ${customerCurrency}`;
    faults.add(`${at}.plan`, "currency_mismatch", `${detail}; choose a plan in that currency`);
  }
}

function started(draft: SubscriptionDraft, asked: Asked): SubscriptionStarted {
  return { kind: "SubscriptionStarted", ...recorded(asked), effective_at: draft.start, ...draft };
}

/** A subscription that is known can end; all else about it stays. */
function changeOf(
  known: Subscription,
  draft: SubscriptionDraft,
  asked: Asked,
  { at, faults }: { readonly at: string; readonly faults: Faults },
): SubscriptionEnded[] {
  for (const field of ["customer", "plan"] as const) {
    if (known[field] === draft[field]) continue;
    const detail = `it is ${known[field]} and cannot be changed; end it and start another one`;
    faults.add(`${at}.${field}`, "cannot_change", detail);
  }
  if (known.start !== draft.start) {
    const detail = `it started ${formatTime(known.start)}, which cannot be changed; write that`;
    faults.add(`${at}.start`, "cannot_change", detail);
  }
  if (known.end === draft.end) return [];
  if (known.end !== null || draft.end === null) {
    const end = known.end === null ? "open" : `over at ${formatTime(known.end)}`;
    const detail = `it is ${end}, which cannot be changed; write that, or start another one`;
    faults.add(`${at}.end`, "cannot_change", detail);
    return [];
  }
  if (draft.end < monthOf(asked.now).from) {
    const detail =
      "months before the present one may be billed; it can end with the last at the earliest";
    faults.add(`${at}.end`, "in_the_past", detail);
  }
  const { subscription, end } = draft;
  return [{ kind: "SubscriptionEnded", ...recorded(asked), effective_at: end, subscription, end }];
}
