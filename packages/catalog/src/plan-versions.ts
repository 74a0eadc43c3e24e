import { canonicalJson, type Json } from "@tallybook/usage";
import { archivedText, checkPrice, type MeterSeen } from "./check-price.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogDocument, PlanDraft } from "./document.ts";
import type { PlanPublished } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import { isMeterArchived } from "./objects/lookups.ts";
import type { Asked } from "./plan.ts";

/** A version of each plan that is new or differs from its latest version. */
export function planFacts(
  catalog: Catalog,
  { meters, plans }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): PlanPublished[] {
  const seen = new Map<string, MeterSeen>();
  for (const [meter, versions] of metersAt(catalog, asked.tenant)) {
    const latest = versions.at(-1);
    if (latest !== undefined) seen.set(meter, latest);
  }
  for (const draft of meters) seen.set(draft.meter, draft);
  return plans.flatMap((draft, index): PlanPublished[] => {
    for (const [at, price] of draft.prices.entries())
      checkPrice(price, draft.currency, seen, `plans[${index}].prices[${at}]`, faults);
    const latest = plansOf(catalog, asked.tenant).get(draft.plan)?.at(-1);
    faultArchivedMeters(catalog, draft, { meters, latest, index, asked }, faults);
    if (isUnchanged<Omit<PlanDraft, "details" | "archived">>(draft, latest, planText)) return [];
    if (latest !== undefined && latest.currency !== draft.currency) {
      const detail = `the plan is in ${latest.currency} for good; make another plan for ${draft.currency}`;
      faults.add(`plans[${index}].currency`, "cannot_change", detail);
    }
    const { details: _details, archived: _archived, ...plan } = draft;
    return [
      { kind: "PlanPublished", ...recorded(asked), ...plan, ...versionOf(draft, latest, asked) },
    ];
  });
}

/** What the plan prices already it may go on with. */
function faultArchivedMeters(
  catalog: Catalog,
  { prices }: PlanDraft,
  {
    meters,
    latest,
    index,
    asked: { tenant },
  }: {
    readonly meters: CatalogDocument["meters"];
    readonly latest: PlanPublished | undefined;
    readonly index: number;
    readonly asked: Asked;
  },
  faults: Faults,
): void {
  for (const [at, { meter }] of prices.entries()) {
    if (meter === null || !isMeterArchived(catalog, { tenant, meter })) continue;
    const isNamed = meters.some((each) => each.meter === meter);
    const isKept = latest?.prices.some((each) => each.meter === meter) ?? false;
    if (isNamed || isKept) continue;
    faults.add(`plans[${index}].prices[${at}].meter`, "archived", archivedText(meter));
  }
}

/** The head of a fact that is written now. */
export function recorded({ tenant, now, actor }: Asked) {
  return { tenant, recorded_at: now, actor };
}

export interface Version {
  readonly version: number;
  readonly effective_at: number;
}

export function versionOf(
  draft: { readonly effective_at: number | null },
  latest: Version | undefined,
  { now }: Asked,
): Version {
  if (latest === undefined) return { version: 1, effective_at: draft.effective_at ?? 0 };
  return { version: latest.version + 1, effective_at: draft.effective_at ?? now };
}

/** The latest version says the same, and the document asks for no other time. */
export function isUnchanged<D extends { readonly effective_at: number | null }>(
  draft: D,
  latest: (Omit<D, "effective_at"> & Version) | undefined,
  textOf: (of: Omit<D, "effective_at">) => string,
): boolean {
  if (latest === undefined || textOf(draft) !== textOf(latest)) return false;
  return draft.effective_at === null || draft.effective_at === latest.effective_at;
}

function planText(of: Omit<PlanDraft, "effective_at" | "details" | "archived">): string {
  const prices = of.prices.map(({ price, meter, charge, description, around = null }) => [
    price,
    meter,
    canonicalJson(charge as unknown as Json),
    description,
    ...(around === null ? [] : [canonicalJson(around as unknown as Json)]),
  ]);
  return JSON.stringify([of.name, of.currency, prices]);
}
