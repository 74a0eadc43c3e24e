import {
  billingPeriodFrom,
  invoiceGroupingOf,
  pricesFor,
  subscriptionsOf,
  termsAt,
} from "@tallybook/catalog";
import type { Catalog, Subscription } from "@tallybook/catalog";
import { compareTexts } from "@tallybook/journal";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { dayText, zoneOf } from "./days.ts";
import type { Residual } from "./facts.ts";
import type { Draft } from "./finalize.ts";
import { isDraftInShadow } from "./in-shadow.ts";
import { subscriptionKey } from "./keys.ts";
import { ofSeveral } from "./parts.ts";

/** What is due of one subscription, before it is known whether it has an invoice of its own. */
export interface DueOfOne {
  readonly draft: Draft;
  /** What keeps it from being finalized by itself. */
  readonly residuals: readonly Residual[];
  /** `ended`: a period that is over; `begun`: what is owed when one begins; `corrected`: adjustments alone. */
  readonly of: "ended" | "begun" | "corrected";
}

/** Where it is due. */
export interface DueAt {
  readonly catalog: Catalog;
  /** Of the step. */
  readonly time: Micros;
  /** End of the last rated period, by subscription. */
  readonly ratedUpTo: ReadonlyMap<string, Micros>;
  /** Periods that are not over were rated, and nothing waits for others. */
  readonly isAsIfOver: boolean;
}

/**
 * What is due as it becomes invoices: of a customer who has one for all subscriptions, periods that end on the same day (by each
 * subscription's own clocks) are on one, fees that are owed when periods begin on another, and adjustments alone go with the earliest of
 * the same currency. What does not reconcile stays apart, so that it keeps nothing else. While one of the customer's periods that end by
 * then is not rated, none of the customer's invoices is made: see `isAwaited`.
 */
export function groupDue(due: readonly DueOfOne[], at: DueAt): DueOfOne[] {
  const byCustomer = Map.groupBy(due, ({ draft }) => `${draft.tenant}\u001f${draft.customer}`);
  return [...byCustomer.values()].flatMap((own) => {
    const [first] = own;
    const isOnOne = first && invoiceGroupingOf(at.catalog, first.draft, at.time) === "customer";
    if (isOnOne !== true) return own;
    return !at.isAsIfOver && isAwaited(own, at) ? [] : together(own, at.catalog);
  });
}

/** How long invoices of a customer wait for a period that is due, behind its grace. */
const waitMax = 24 * 3_600 * MICROS_PER_SECOND;

/**
 * Whether a period of the customer is still to be rated that ends on the last day of what is due, or before. A day behind its grace nobody
 * waits for it any more: a plan whose every charge is parked leaves nothing in the journal. A rater that stands still makes no heads at all.
 */
function isAwaited(own: readonly DueOfOne[], { catalog, time, ratedUpTo }: DueAt): boolean {
  const ended = own.filter(({ of }) => of === "ended").map(({ draft }) => draft);
  const [first] = ended;
  const last = ended
    .map((draft) => dayOf(draft, catalog))
    .toSorted(compareTexts)
    .at(-1);
  if (first === undefined || last === undefined) return false;
  const { tenant, customer } = first;
  const grace = (catalog.settings?.grace_seconds ?? 0) * MICROS_PER_SECOND;
  return subscriptionsOf(catalog, tenant, customer).some((each) => {
    const { subscription } = each;
    const from = ratedUpTo.get(subscriptionKey(tenant, subscription)) ?? each.begins ?? each.start;
    const next = billingPeriodFrom(each, from);
    if (next === undefined || time >= next.due + grace + waitMax) return false;
    if (lastDay(next.due, zoneOf(catalog, tenant, subscription)) > last) return false;
    const whose = { tenant, subscription, period_from: next.from, parts: [] };
    return isPriced(each, next.from, catalog) && !isDraftInShadow(whose, catalog);
  });
}

/** Whether rating the period leaves anything in the journal. */
function isPriced(subscription: Subscription, from: Micros, catalog: Catalog): boolean {
  const { tenant, customer } = subscription;
  const terms = termsAt(subscription, from);
  const sold = terms && pricesFor(catalog, tenant, customer, terms, from);
  return (sold?.prices.length ?? 0) > 0;
}

function together(own: readonly DueOfOne[], catalog: Catalog): DueOfOne[] {
  const alone = own.filter(({ residuals }) => residuals.length > 0);
  const sound = own.filter(({ residuals }) => residuals.length === 0);
  const byDay = Map.groupBy(
    sound.filter(({ of }) => of !== "corrected"),
    ({ draft, of }) => `${draft.currency} ${of === "begun" ? "b" : "a"} ${dayOf(draft, catalog)}`,
  );
  const groups = [...byDay].toSorted(([a], [b]) => compareTexts(a, b)).map(([, group]) => group);
  const corrected = Map.groupBy(
    sound.filter(({ of }) => of === "corrected"),
    ({ draft }) => draft.currency,
  );
  for (const [currency, adjustments] of corrected) {
    const earliest = groups.find(([first]) => first?.draft.currency === currency);
    if (earliest === undefined) groups.push(adjustments);
    else earliest.push(...adjustments);
  }
  return [...alone, ...groups.map(joined)];
}

/** One invoice of several subscriptions, in their order; alone it is of one. */
function joined(group: readonly DueOfOne[]): DueOfOne {
  const ordered = group.toSorted(
    ({ draft: a }, { draft: b }) =>
      compareTexts(a.subscription, b.subscription) || a.period_from - b.period_from,
  );
  const [first] = ordered;
  if (first === undefined) throw new Error("an invoice of no subscription");
  if (ordered.length === 1) return first;
  const charged = ordered.filter(({ of }) => of !== "corrected");
  const periods = (charged.length === 0 ? ordered : charged).map(({ draft }) => draft);
  const drafts = ordered.map(({ draft }) => draft);
  const { tenant, customer, currency } = first.draft;
  return {
    of: charged[0]?.of ?? "corrected",
    residuals: [],
    draft: {
      tenant,
      customer,
      ...ofSeveral,
      period_from: Math.min(...periods.map(({ period_from }) => period_from)),
      period_to: Math.max(...periods.map(({ period_to }) => period_to)),
      currency,
      lines: drafts.flatMap(({ lines }) => lines),
      explanations: drafts.flatMap(({ explanations }) => explanations),
      parts: drafts.map(({ subscription, plan, plan_version, period_from, period_to, lines }) => ({
        subscription,
        plan,
        plan_version,
        period_from,
        period_to,
        lines: lines.length,
      })),
    },
  };
}

/** The last day of the period that a draft of one subscription is of. */
function dayOf({ tenant, subscription, period_to }: Draft, catalog: Catalog): string {
  return lastDay(period_to, zoneOf(catalog, tenant, subscription));
}

function lastDay(to: Micros, zone: string): string {
  return dayText(to - 1, zone);
}
