import { versionAt } from "@tallybook/usage";
import type { Catalog } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import type { MeterPublished, PlanPublished } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";

/** Versions that a document adds. */
interface Added {
  readonly meters: readonly MeterPublished[];
  readonly plans: readonly PlanPublished[];
}

/**
 * A plan that prices a composite prices its parts with it: a second price over one of them, by itself or by another
 * composite, would bill the same usage twice. Looks at what is in effect from now on, whenever any of it changes; named is what
 * the document adds to it.
 */
export function faultClaimedTwice(
  catalog: Catalog,
  document: CatalogDocument,
  { tenant, now }: Asked,
  added: Added,
  faults: Faults,
): void {
  const meters = versionsWith(metersAt(catalog, tenant), added.meters, ({ meter }) => meter);
  const plans = versionsWith(plansOf(catalog, tenant), added.plans, ({ plan }) => plan);
  for (const time of changesFrom(now, [...meters.values(), ...plans.values()])) {
    const meterNamed = (name: string) => inEffect(meters.get(name) ?? [], time);
    for (const versions of plans.values()) {
      const plan = inEffect(versions, time);
      if (plan === undefined) continue;
      for (const claim of claimedTwice(plan, meterNamed)) {
        const { at, price, composite, part, other } = claim;
        const { meter } = composite;
        if (added.plans.includes(plan)) {
          const index = document.plans.findIndex((each) => each.plan === plan.plan);
          const detail = `${meter} is made of ${part}, which price ${other} is over as well: leave out one of the two, or the same usage is billed twice`;
          faults.add(`plans[${index}].prices[${at}].meter`, "priced_twice", detail);
        } else if (added.meters.includes(composite)) {
          const index = document.meters.findIndex((each) => each.meter === meter);
          const detail = `plan ${plan.plan} has price ${price} over ${meter} and price ${other} over ${part}: leave the part out, or publish the plan without one of the two`;
          faults.add(`meters[${index}].parts`, "priced_twice", detail);
        }
      }
    }
  }
}

interface ClaimedTwice {
  /** Of the price over the composite. */
  readonly at: number;
  readonly price: string;
  readonly composite: MeterPublished;
  readonly part: string;
  /** The price that is over the part as well. */
  readonly other: string;
}

function claimedTwice(
  { prices }: PlanPublished,
  meterNamed: (name: string) => MeterPublished | undefined,
): ClaimedTwice[] {
  const meters = prices.map(({ meter }) => (meter === null ? undefined : meterNamed(meter)));
  const isOver = (index: number, part: string) =>
    prices[index]?.meter === part || meters[index]?.parts.some(({ meter }) => meter === part);
  return meters.flatMap((composite, at) =>
    (composite?.parts ?? []).flatMap(({ meter: part }): ClaimedTwice[] => {
      const other = prices.find((_, index) => index !== at && isOver(index, part));
      const price = prices[at]?.price ?? "";
      return other === undefined || composite === undefined
        ? []
        : [{ at, price, composite, part, other: other.price }];
    }),
  );
}

interface Version {
  readonly version: number;
  readonly effective_at: number;
}

function versionsWith<Of extends Version>(
  known: ReadonlyMap<string, readonly Of[]>,
  added: readonly Of[],
  nameOf: (version: Of) => string,
): Map<string, readonly Of[]> {
  const all = new Map(known);
  for (const version of added) {
    const name = nameOf(version);
    all.set(name, [...(all.get(name) ?? []), version]);
  }
  return all;
}

/** Now, and every later time at which a version comes into effect. */
function changesFrom(now: number, lists: readonly (readonly Version[])[]): Set<number> {
  const later = lists.flat().map(({ effective_at }) => effective_at);
  return new Set([now, ...later.filter((time) => time > now)]);
}

/** As a period is rated that begins at the time. */
function inEffect<Of extends Version>(versions: readonly Of[], time: number): Of | undefined {
  return versionAt(versions, time) ?? versions[0];
}
