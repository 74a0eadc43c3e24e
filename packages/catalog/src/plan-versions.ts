import type { Catalog } from "./catalog.ts";
import type { CatalogDocument, PlanDraft } from "./document.ts";
import type { PlanPublished, Price } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";

/** A version of each plan that is new or differs from its latest version. */
export function planFacts(
  catalog: Catalog,
  { meters, plans }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): PlanPublished[] {
  const dimensionsByMeter = new Map<string, readonly string[]>();
  for (const [meter, versions] of metersAt(catalog, asked.tenant))
    dimensionsByMeter.set(meter, versions.at(-1)?.dimensions ?? []);
  for (const { meter, dimensions } of meters) dimensionsByMeter.set(meter, dimensions);
  return plans.flatMap((draft, index): PlanPublished[] => {
    for (const [at, price] of draft.prices.entries())
      checkMeter(price, dimensionsByMeter, `plans[${index}].prices[${at}]`, faults);
    const latest = plansOf(catalog, asked.tenant).get(draft.plan)?.at(-1);
    if (isUnchanged(draft, latest, planText)) return [];
    if (latest !== undefined && latest.currency !== draft.currency) {
      const detail = `the plan is in ${latest.currency} for good; make another plan for ${draft.currency}`;
      faults.add(`plans[${index}].currency`, "cannot_change", detail);
    }
    return [
      { kind: "PlanPublished", ...recorded(asked), ...draft, ...versionOf(draft, latest, asked) },
    ];
  });
}

/** The meter of a price is there, and has the dimensions that a matrix prices by. */
function checkMeter(
  { meter, dimensions }: Price,
  dimensionsByMeter: ReadonlyMap<string, readonly string[]>,
  at: string,
  faults: Faults,
): void {
  if (meter === null) return;
  const known = dimensionsByMeter.get(meter);
  if (known === undefined) {
    const detail = `there is no meter ${meter}: publish it first or in the same document`;
    faults.add(`${at}.meter`, "unknown_meter", detail);
    return;
  }
  for (const [index, name] of dimensions.entries()) {
    if (known.includes(name)) continue;
    const has = known.length === 0 ? "no dimensions" : `the dimensions ${known.join(", ")}`;
    const detail = `meter ${meter} has ${has}: take one of them, or publish the meter with ${name}`;
    faults.add(`${at}.dimensions[${index}]`, "unknown_dimension", detail);
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

function planText(of: Omit<PlanDraft, "effective_at">): string {
  return JSON.stringify([of.name, of.currency, of.prices.map(priceFields)]);
}

function priceFields(price: Price): unknown[] {
  const tiers = price.tiers.map((tier) => [tier.up_to, tier.unit_amount, tier.flat_amount]);
  const packages = [price.package_size, price.package_amount, price.free_units];
  const { meter, model, amount, unit_amount, per, beyond, description } = price;
  const rows = price.rows.map((row) => [
    Object.entries(row.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    row.unit_amount,
    row.per,
  ]);
  const matrix = [price.dimensions, rows, price.default_row?.unit_amount, price.default_row?.per];
  return [
    price.price,
    meter,
    model,
    amount,
    unit_amount,
    per,
    tiers,
    beyond,
    packages,
    description,
    matrix,
  ];
}
