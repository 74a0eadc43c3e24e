import { fillsOf, metersAt } from "@tallybook/catalog";
import { cutAt, measure } from "@tallybook/usage";
import type { Measured, MeterVersions, UsageAccepted } from "@tallybook/usage";

import type { Books } from "./books.ts";

/**
 * What an event's meters made of it: those known at the barrier before its cut. What a correction replaces was measured by those of
 * its own cut, and by those whose history was asked to be filled by then.
 */
export function measureAgain(
  event: UsageAccepted,
  partition: number,
  { cuts, history }: Books,
): Measured {
  const known = cuts.opened[event.cut - 1]?.catalog_offset ?? 0;
  const own = metersAt(history.at(known), event.tenant);
  if (event.corrected === null) return measure(event, own);
  const of = Math.min(event.cut, cutAt(cuts, partition, event.corrected.replaced.raw_offset));
  const replaced: MeterVersions = metersAt(
    history.at(cuts.opened[of - 1]?.catalog_offset ?? 0),
    event.tenant,
  );
  const filled = [...fillsOf(history.at(known), event.tenant)].flatMap(([meter, { fact }]) => {
    const version = own.get(meter)?.find((each) => each.version === fact.version);
    return replaced.has(meter) || version === undefined ? [] : [[meter, [version]] as const];
  });
  return measure(event, own, new Map([...replaced, ...filled]));
}
