import { catalogAt, emptyCatalog, evolve } from "@tallybook/catalog";
import type { Catalog, CatalogFact, PlacedFact } from "@tallybook/catalog";

/** The catalog as it is, for who asks, and as it was, so that any rating can be done again with what was known then. */
export interface CatalogHistory {
  readonly now: Catalog;
  /** Takes the next fact. One below the last is a repeat of reading and changes nothing. */
  add(fact: CatalogFact, offset: number): void;
  /** The catalog as known below an offset. Nobody may change it. */
  at(offset: number): Catalog;
}

/** Catalogs that are kept folded: ratings ask for few, again and again. */
const keptMax = 16;

/** `alsoMatters`: facts that change no rating, and that somebody asks about as they were known all the same. */
export function createCatalogHistory(
  alsoMatters: (fact: CatalogFact) => boolean = () => false,
): CatalogHistory {
  const facts: PlacedFact[] = [];
  const kept = new Map<number, Catalog>();
  const now = emptyCatalog();
  return {
    now,
    add(fact, offset) {
      if (offset < now.offset) return;
      // The fold is ours: it changes in place.
      evolve(now, fact, offset);
      if (matters(fact) || alsoMatters(fact)) facts.push({ offset, fact });
    },
    at(offset) {
      const count = countBelow(facts, offset);
      const catalog = kept.get(count) ?? catalogAt(facts.slice(0, count), offset);
      // Used last, thrown out last.
      kept.delete(count);
      kept.set(count, catalog);
      const [oldest] = kept.keys();
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
      return catalog;
    },
  };
}

/** As a fold: the history is its own state, and changes in place. */
export function evolveHistory(
  history: CatalogHistory,
  fact: CatalogFact,
  offset: number,
): CatalogHistory {
  history.add(fact, offset);
  return history;
}

// Keys, clocks and requests change no rating, and there are many of them.
function matters(fact: CatalogFact): boolean {
  switch (fact.kind) {
    case "ApiKeyCreated":
    case "ApiKeyRevoked":
    case "BackfillRequested":
    case "ClockAdvanced":
    case "CommandAnswered":
    case "ConflictDismissed":
    case "CutRequested":
      return false;
    case "AdjustmentOrdered":
    case "CustomerCreated":
    case "MeterFillRequested":
    case "BillingRequested":
    case "CouponApplied":
    case "LateUsagePolicySet":
    case "MeterPublished":
    case "ObjectRevised":
    case "PlanPublished":
    case "SettingsSet":
    case "SubscriptionChanged":
    case "SubscriptionEnded":
    case "SubscriptionStarted":
    case "TenantCreated":
      return true;
  }
}

function countBelow(facts: readonly PlacedFact[], offset: number): number {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((facts[middle]?.offset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
