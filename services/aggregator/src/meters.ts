import type { Follower } from "@tallybook/log";
import { Grown } from "@tallybook/usage";
import type { Meter } from "@tallybook/usage";
import type { Fact } from "@tallybook/wire";

/** What the aggregator needs of `catalog`: meters, what asks for a cut, and the clock. */
export interface CatalogView {
  readonly meters: Grown<{ readonly offset: number; readonly meter: Meter }>;
  readonly asking: Grown<{ readonly offset: number; readonly advancesClock: boolean }>;
  readonly clocks: Grown<{ readonly offset: number; readonly time: number }>;
  readonly settings:
    | { readonly simulated: boolean; readonly cut_interval_seconds: number }
    | undefined;
}

export const emptyView: CatalogView = {
  meters: Grown.empty(),
  asking: Grown.empty(),
  clocks: Grown.empty(),
  settings: undefined,
};

export function evolveView(view: CatalogView, fact: Fact, offset: number): CatalogView {
  switch (fact.kind) {
    case "MeterPublished":
      return {
        ...view,
        meters: view.meters.append({ offset, meter: fact }),
        asking: view.asking.append({ offset, advancesClock: false }),
      };
    case "CutRequested":
      return { ...view, asking: view.asking.append({ offset, advancesClock: false }) };
    case "ClockAdvanced":
      return {
        ...view,
        clocks: view.clocks.append({ offset, time: fact.time }),
        asking: view.asking.append({ offset, advancesClock: true }),
      };
    case "SettingsSet":
      return { ...view, settings: fact };
    // oxlint-disable-next-line no-default-case -- every other fact of the catalog is somebody else's
    default:
      return view;
  }
}

/** By tenant, then meter: the versions in order of their offsets. */
export type MetersByTenant = ReadonlyMap<string, ReadonlyMap<string, readonly Meter[]>>;

/** The meters known below an offset of `catalog`; waits until it is folded so far. */
export async function metersBelow(
  catalog: Follower<CatalogView>,
  catalogOffset: number,
  signal?: AbortSignal,
): Promise<MetersByTenant> {
  await catalog.until((_, offset) => offset >= catalogOffset, signal);
  const tenants = new Map<string, Map<string, Meter[]>>();
  for (const { offset, meter } of catalog.state().meters) {
    if (offset >= catalogOffset) break;
    const meters = tenants.get(meter.tenant) ?? new Map<string, Meter[]>();
    tenants.set(meter.tenant, meters);
    const versions = meters.get(meter.meter);
    if (versions === undefined) meters.set(meter.meter, [meter]);
    else versions.push(meter);
  }
  return tenants;
}
