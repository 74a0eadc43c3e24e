import { meterAt } from "@tallybook/usage";
import type { Catalog } from "./catalog.ts";
import type { CatalogDocument } from "./document.ts";
import type { Faults } from "./faults.ts";
import { metersAt, plansOf } from "./lookups.ts";
import type { Asked } from "./plan.ts";

/**
 * A plan that prices a composite prices its parts with it: a second price over one of them, by itself or by another
 * composite, would bill the same usage twice. By what the meters are made of from now on, and what the document makes of them.
 */
export function faultClaimedTwice(
  catalog: Catalog,
  { meters, plans }: CatalogDocument,
  { tenant, now }: Asked,
  faults: Faults,
): void {
  const known = metersAt(catalog, tenant);
  const drafts = new Map(meters.map((draft, index) => [draft.meter, { draft, index }]));
  const partsOf = (meter: string): ReadonlySet<string> => {
    const versions = known.get(meter) ?? [];
    const inEffect = meterAt(versions, now);
    const coming = versions.filter(({ effective_at }) => effective_at > now);
    const drafted = drafts.get(meter)?.draft;
    return new Set(
      [inEffect, ...coming, drafted].flatMap((of) => of?.parts.map((part) => part.meter) ?? []),
    );
  };

  const planned = new Set(plans.map(({ plan }) => plan));
  for (const [index, { prices }] of plans.entries()) {
    for (const { at, part, other, meter } of claimedTwice(prices, partsOf)) {
      const detail = `${meter} is made of ${part}, which price ${other} is over as well: leave out one of the two, or the same usage is billed twice`;
      faults.add(`plans[${index}].prices[${at}].meter`, "priced_twice", detail);
    }
  }
  for (const [plan, versions] of plansOf(catalog, tenant)) {
    if (planned.has(plan)) continue;
    for (const { part, other, meter, price } of claimedTwice(
      versions.at(-1)?.prices ?? [],
      partsOf,
    )) {
      const index = drafts.get(meter)?.index;
      if (index === undefined) continue;
      const detail = `plan ${plan} has price ${price} over ${meter} and price ${other} over ${part}: leave the part out, or publish the plan without one of the two`;
      faults.add(`meters[${index}].parts`, "priced_twice", detail);
    }
  }
}

interface ClaimedTwice {
  /** Of the price over the composite. */
  readonly at: number;
  readonly price: string;
  /** The composite. */
  readonly meter: string;
  readonly part: string;
  /** The price that is over the part as well. */
  readonly other: string;
}

function claimedTwice(
  prices: readonly { readonly price: string; readonly meter: string | null }[],
  partsOf: (meter: string) => ReadonlySet<string>,
): ClaimedTwice[] {
  const partsByPrice = prices.map(({ meter }) => (meter === null ? noParts : partsOf(meter)));
  return prices.flatMap(({ price, meter }, at) =>
    [...(partsByPrice[at] ?? noParts)].flatMap((part): ClaimedTwice[] => {
      const other = prices.find(
        (each, index) =>
          index !== at && (each.meter === part || partsByPrice[index]?.has(part) === true),
      );
      return other === undefined || meter === null
        ? []
        : [{ at, price, meter, part, other: other.price }];
    }),
  );
}

const noParts: ReadonlySet<string> = new Set();
