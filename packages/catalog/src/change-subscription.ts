import { formatTime, MICROS_PER_SECOND, type Micros } from "@tallybook/periods";
import { wholePeriodAt } from "./billing-periods.ts";
import type { Catalog, Subscription } from "./catalog.ts";
import { checkTerms } from "./check-terms.ts";
import type { CatalogFact } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { settingsOf } from "./lookups.ts";
import { checkChanged } from "./objects/check-sold.ts";
import type { Asked } from "./plan.ts";
import { recorded } from "./plan-versions.ts";
import { openFrom } from "./standing.ts";
import { changedTerms, type TermsChange } from "./timeline.ts";

/** When a change holds from: a time, the moment it is asked for, or the end of the billing period of that moment. */
export type ChangeTime = Micros | "now" | "period_end";

/** A change that somebody asks for, and from when on. */
export interface ChangeAsked {
  readonly change: TermsChange;
  readonly at: ChangeTime;
}

/** From a time on a subscription is on other terms. None where it is so already; faults say why it cannot be. */
export function changeFacts(
  catalog: Catalog,
  known: Subscription,
  { change, at }: ChangeAsked,
  asked: Asked,
  faults: Faults,
): CatalogFact[] {
  const effective_at = changeTimeOf(known, at, asked.now);
  checkTime(catalog, known, effective_at, asked, faults);
  const terms = changedTerms(known.terms, effective_at, change);
  if (terms === undefined) return [];
  for (const each of terms) {
    checkTerms(catalog, known, each, asked, faults);
    checkChanged(catalog, known, each, faults);
  }
  const { subscription } = known;
  return [{ kind: "SubscriptionChanged", ...recorded(asked), effective_at, subscription, terms }];
}

/** A subscription ends at a time; one that would end later ends earlier, or the other way round. */
export function cancelFacts(
  catalog: Catalog,
  known: Subscription,
  { at }: ChangeAsked,
  asked: Asked,
  faults: Faults,
): CatalogFact[] {
  const end = changeTimeOf(known, at, asked.now);
  if (end === known.end) return [];
  checkTime(catalog, known, end, asked, faults);
  const { subscription } = known;
  return [{ kind: "SubscriptionEnded", ...recorded(asked), effective_at: end, subscription, end }];
}

/** Nothing changes before the subscription begins: until then, what is asked for now holds from there. */
export function changeTimeOf(known: Subscription, at: ChangeTime, now: Micros): Micros {
  const begins = known.begins ?? Math.max(known.start, now);
  if (at === "now") return known.begins === null ? known.start : Math.max(now, begins);
  return at === "period_end" ? wholePeriodAt(known, Math.max(now, begins)).to : at;
}

/** What may be billed by then stays as it is. */
function checkTime(
  catalog: Catalog,
  known: Subscription,
  at: Micros,
  { now }: Asked,
  faults: Faults,
): void {
  const begins = known.begins ?? known.start;
  const grace = (settingsOf(catalog)?.grace_seconds ?? 0) * MICROS_PER_SECOND;
  const open = openFrom(known, now, grace);
  if (open === undefined) {
    const detail = `the subscription is over since ${formatTime(known.end ?? now)} and may be billed: start another one; what was billed wrongly is put right by an adjustment (POST /v1/adjustments)`;
    faults.add("at", "closed_period", detail);
  } else if (at < begins) {
    faults.add(
      "at",
      "before_start",
      `the subscription begins ${formatTime(begins)}: nothing holds before`,
    );
  } else if (at < open) {
    const detail = `what is before ${formatTime(open)} may be billed: it can change from then on; what was billed wrongly is put right by an adjustment (POST /v1/adjustments)`;
    faults.add("at", "closed_period", detail);
  } else if (known.end !== null && known.end <= now) {
    const detail = `the subscription is over since ${formatTime(known.end)}: start another one`;
    faults.add("at", "after_end", detail);
  }
}
