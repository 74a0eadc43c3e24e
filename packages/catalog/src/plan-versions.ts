import { mergingOf } from "@tallybook/usage";
import type { Catalog } from "./catalog.ts";
import type { CatalogDocument, MeterDraft, PlanDraft } from "./document.ts";
import type { MeterPublished, PlanPublished, Price } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";

/** A version of each meter that is new or differs from its latest version. */
export function meterFacts(
  catalog: Catalog,
  { meters }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): MeterPublished[] {
  return meters.flatMap((draft, index): MeterPublished[] => {
    const latest = metersAt(catalog, asked.tenant).get(draft.meter)?.at(-1);
    if (isUnchanged(draft, latest, meterText)) return [];
    if (latest !== undefined && !isSameMerging(draft, latest)) {
      const detail = `it is ${latest.aggregation} for good, since what was measured so and what would be as ${draft.aggregation} make no one quantity; publish another meter`;
      faults.add(`meters[${index}].aggregation`, "cannot_change", detail);
    }
    faultDimensionsInUse(catalog, draft, asked, `meters[${index}].dimensions`, faults);
    if (latest !== undefined && draft.effective_at !== null && draft.effective_at < asked.now) {
      // What is measured stays measured by the version that was known then.
      const detail =
        "a further version of a meter holds from now on or later; leave it out for now";
      faults.add(`meters[${index}].effective_at`, "in_the_past", detail);
    }
    return [
      { kind: "MeterPublished", ...recorded(asked), ...draft, ...versionOf(draft, latest, asked) },
    ];
  });
}

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

/** Count and sum add up alike; whatever else a meter does, it does for good. */
function isSameMerging(draft: MeterDraft, latest: MeterPublished): boolean {
  return mergingOf(draft.aggregation) === mergingOf(latest.aggregation);
}

/** A dimension that a matrix prices by cannot leave its meter: all its usage would fall out of the rows. */
function faultDimensionsInUse(
  catalog: Catalog,
  { meter, dimensions }: MeterDraft,
  { tenant }: Asked,
  field: string,
  faults: Faults,
): void {
  for (const [plan, versions] of plansOf(catalog, tenant)) {
    const price = versions.at(-1)?.prices.find((each) => each.meter === meter);
    const missing = price?.dimensions.find((name) => !dimensions.includes(name));
    if (missing === undefined) continue;
    const detail = `price ${price?.price} of plan ${plan} is a matrix over ${missing}: keep it, or publish another meter`;
    faults.add(field, "in_use", detail);
  }
}

/** The head of a fact that is written now. */
export function recorded({ tenant, now, actor }: Asked) {
  return { tenant, recorded_at: now, actor };
}

interface Version {
  readonly version: number;
  readonly effective_at: number;
}

function versionOf(
  draft: { readonly effective_at: number | null },
  latest: Version | undefined,
  { now }: Asked,
): Version {
  if (latest === undefined) return { version: 1, effective_at: draft.effective_at ?? 0 };
  return { version: latest.version + 1, effective_at: draft.effective_at ?? now };
}

/** The latest version says the same, and the document asks for no other time. */
function isUnchanged<D extends { readonly effective_at: number | null }>(
  draft: D,
  latest: (Omit<D, "effective_at"> & Version) | undefined,
  textOf: (of: Omit<D, "effective_at">) => string,
): boolean {
  if (latest === undefined || textOf(draft) !== textOf(latest)) return false;
  return draft.effective_at === null || draft.effective_at === latest.effective_at;
}

function meterText(of: Omit<MeterDraft, "effective_at">): string {
  const filter = of.filter.map(({ property, any_of }) => [property, any_of]);
  return JSON.stringify([of.event_type, of.aggregation, of.value_property, filter, of.dimensions]);
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
