import { mergingOf } from "@tallybook/usage";
import type { Catalog } from "./catalog.ts";
import { archivedText, dimensionsIn } from "./check-price.ts";
import type { CatalogDocument, MeterDraft } from "./document.ts";
import type { MeterPublished } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import { isMeterArchived } from "./objects/lookups.ts";
import type { Asked } from "./plan.ts";
import { isUnchanged, recorded, versionOf } from "./plan-versions.ts";

/** A version of each meter that is new or differs from its latest version. */
export function meterFacts(
  catalog: Catalog,
  { meters }: CatalogDocument,
  asked: Asked,
  faults: Faults,
): MeterPublished[] {
  const known = metersAt(catalog, asked.tenant);
  const drafts = new Map(meters.map((draft) => [draft.meter, draft]));
  return meters.flatMap((draft, index): MeterPublished[] => {
    const at = `meters[${index}]`;
    const latest = known.get(draft.meter)?.at(-1);
    const isTaken = (name: string) => latest?.parts.some((part) => part.meter === name) ?? false;
    const isArchived = (meter: string) =>
      !drafts.has(meter) && !isTaken(meter) && isMeterArchived(catalog, { ...asked, meter });
    const meterNamed = (name: string) => drafts.get(name) ?? known.get(name)?.at(-1);
    faultParts(draft, { meterNamed, isArchived }, at, faults);
    if (isUnchanged<Omit<MeterDraft, "history" | "archived">>(draft, latest, meterText)) return [];
    if (latest !== undefined) faultOtherKind(draft, latest, at, faults);
    faultDimensionsInUse(catalog, draft, drafts, asked, `${at}.dimensions`, faults);
    if (latest !== undefined && draft.effective_at !== null && draft.effective_at < asked.now) {
      // What is measured stays measured by the version that was known then.
      const detail =
        "a further version of a meter holds from now on or later; leave it out for now";
      faults.add(`${at}.effective_at`, "in_the_past", detail);
    }
    const { history: _, archived: __, ...meter } = draft;
    return [
      { kind: "MeterPublished", ...recorded(asked), ...meter, ...versionOf(draft, latest, asked) },
    ];
  });
}

/** What a composite is made of is there, adds up, and has the dimensions that the composite is told apart by. */
function faultParts(
  { meter, parts, dimensions }: MeterDraft,
  {
    meterNamed,
    isArchived,
  }: {
    readonly meterNamed: (
      name: string,
    ) => Pick<MeterDraft, "aggregation" | "dimensions"> | undefined;
    readonly isArchived: (name: string) => boolean;
  },
  at: string,
  faults: Faults,
): void {
  for (const [index, part] of parts.entries()) {
    const field = `${at}.parts[${index}].meter`;
    const known = meterNamed(part.meter);
    if (known === undefined) {
      const detail = `there is no meter ${part.meter}: publish it first or in the same document`;
      faults.add(field, "unknown_meter", detail);
      continue;
    }
    if (isArchived(part.meter)) faults.add(field, "archived", archivedText(part.meter));
    if (known.aggregation !== "sum" && known.aggregation !== "count") {
      const detail = `${part.meter} is a ${known.aggregation}: what a composite is made of adds up, so take meters that sum or count`;
      faults.add(field, "not_additive", detail);
      continue;
    }
    const missing = dimensions.find((name) => !known.dimensions.includes(name));
    if (missing === undefined) continue;
    const detail = `${part.meter} has no dimension ${missing}, which ${meter} is told apart by: publish it with it, or leave it out of ${meter}`;
    faults.add(field, "unknown_dimension", detail);
  }
}

/**
 * Count and sum add up alike; whatever else a meter does, it does for good. How its rows merge is for good too, and a
 * currency. The rest may change, since a period's quantity is made as the version says in which it begins.
 */
function faultOtherKind(
  draft: MeterDraft,
  latest: MeterPublished,
  at: string,
  faults: Faults,
): void {
  const forGood = (what: string, then: string) =>
    `it is ${what} for good, since what was measured so and what would be as ${then} make no one quantity; publish another meter`;
  if (kindOf(draft) !== kindOf(latest)) {
    const detail = forGood(latest.aggregation, draft.aggregation);
    faults.add(`${at}.aggregation`, "cannot_change", detail);
  } else if (mergingOf(draft) !== mergingOf(latest)) {
    const field = draft.aggregation === "percentile" ? "combining" : "held";
    const detail = forGood(String(latest[field]), String(draft[field]));
    faults.add(`${at}.${field}`, "cannot_change", detail);
  }
  if (latest.currency !== null && draft.currency !== latest.currency) {
    const detail = forGood(latest.currency, draft.currency ?? "no money");
    faults.add(`${at}.currency`, "cannot_change", detail);
  }
}

function kindOf({ aggregation }: Pick<MeterDraft, "aggregation">): string {
  return aggregation === "count" ? "sum" : aggregation;
}

/** A dimension that a price or a composite goes by cannot leave its meter: all its usage would fall together. */
function faultDimensionsInUse(
  catalog: Catalog,
  { meter, dimensions }: MeterDraft,
  drafts: ReadonlyMap<string, MeterDraft>,
  { tenant }: Asked,
  field: string,
  faults: Faults,
): void {
  for (const [plan, versions] of plansOf(catalog, tenant)) {
    const price = versions.at(-1)?.prices.find((each) => each.meter === meter);
    const used = price === undefined ? [] : dimensionsIn(price.charge);
    const missing = used.find(({ name }) => !dimensions.includes(name))?.name;
    if (missing === undefined) continue;
    const detail = `price ${price?.price} of plan ${plan} goes by ${missing}: keep it, or publish another meter`;
    faults.add(field, "in_use", detail);
  }
  for (const [name, versions] of metersAt(catalog, tenant)) {
    const composite = drafts.get(name) ?? versions.at(-1);
    if (composite === undefined || !composite.parts.some((part) => part.meter === meter)) continue;
    const missing = composite.dimensions.find((each) => !dimensions.includes(each));
    if (missing === undefined) continue;
    const detail = `composite ${name} is told apart by ${missing}: keep it, or publish ${name} without it`;
    faults.add(field, "in_use", detail);
  }
}

function meterText(of: Omit<MeterDraft, "effective_at" | "history" | "archived">): string {
  const filter = of.filter.map(({ property, any_of }) => [property, any_of]);
  const parts = of.parts.map(({ meter, weight }) => [meter, weight]);
  return JSON.stringify([
    [of.event_type, of.aggregation, of.value_property, filter, of.dimensions],
    [of.rounding?.mode, of.rounding?.decimals, of.slot, of.currency],
    [of.held, of.percent, of.sample_seconds, of.combining, parts, of.group_property],
  ]);
}
