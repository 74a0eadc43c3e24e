import type { Follower } from "@tallybook/log";
import { Grown } from "@tallybook/usage";
import type { CutOpened, Fill, Meter } from "@tallybook/usage";
import type { Fact, FactOf } from "@tallybook/wire";

/** What the aggregator needs of `catalog`: meters, what asks for a cut, and the clock. */
export interface CatalogView {
  readonly meters: Grown<{ readonly offset: number; readonly meter: Meter }>;
  /** Requests to fill a meter's history, in their order. */
  readonly fills: Grown<{ readonly offset: number; readonly fill: FactOf<"MeterFillRequested"> }>;
  readonly asking: Grown<{ readonly offset: number; readonly advancesClock: boolean }>;
  readonly clocks: Grown<{ readonly offset: number; readonly time: number }>;
  readonly settings:
    | { readonly simulated: boolean; readonly cut_interval_seconds: number }
    | undefined;
}

export const emptyView: CatalogView = {
  meters: Grown.empty(),
  fills: Grown.empty(),
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
    case "MeterFillRequested":
      // A cut that knows of it has to open before it can be filled.
      return {
        ...view,
        fills: view.fills.append({ offset, fill: fact }),
        asking: view.asking.append({ offset, advancesClock: false }),
      };
    case "BackfillRequested":
    case "BillingRequested":
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

/**
 * The meters known below an offset of `catalog`, and those whose history was asked to be filled below `filledBelow`; waits until
 * it is folded so far.
 */
export async function metersBelow(
  catalog: Follower<CatalogView>,
  catalogOffset: number,
  filledBelow = 0,
  signal?: AbortSignal,
): Promise<MetersByTenant> {
  const last = Math.max(catalogOffset, filledBelow);
  await catalog.until((_, offset) => offset >= last, signal);
  const { meters: published, fills } = catalog.state();
  const filled = new Set(
    [...fills].filter(({ offset }) => offset < filledBelow).map(({ fill }) => versionName(fill)),
  );
  const tenants = new Map<string, Map<string, Meter[]>>();
  for (const { offset, meter } of published) {
    if (offset >= last) break;
    // A meter that was known then has measured by itself, whatever was filled before it was.
    const isFilled = filled.has(versionName(meter)) && !tenants.get(meter.tenant)?.has(meter.meter);
    if (offset >= catalogOffset && !isFilled) continue;
    const meters = tenants.get(meter.tenant) ?? new Map<string, Meter[]>();
    tenants.set(meter.tenant, meters);
    const versions = meters.get(meter.meter);
    if (versions === undefined) meters.set(meter.meter, [meter]);
    else versions.push(meter);
  }
  return tenants;
}

/** A meter's history that is to be filled. */
export interface FillOrder {
  /** The version that it is filled with. */
  readonly meter: Meter;
  /** The first cut that was opened when the meter was known: its events are the last that were measured without it. */
  readonly last_cut: number;
}

/** What is to be filled, in the order in which it was asked for. A meter that no cut has seen yet is not in it. */
export function fillOrders(
  { fills, meters }: CatalogView,
  opened: readonly Pick<CutOpened, "catalog_offset">[],
): FillOrder[] {
  if (fills.length === 0) return [];
  const published = new Map([...meters].map((each) => [versionName(each.meter), each]));
  const orders = new Map<string, FillOrder>();
  for (const { fill } of fills) {
    const found = published.get(versionName(fill));
    if (found === undefined || orders.has(versionName(fill))) continue;
    const last_cut = opened.findIndex(({ catalog_offset }) => catalog_offset > found.offset);
    if (last_cut !== -1) orders.set(versionName(fill), { meter: found.meter, last_cut });
  }
  return [...orders.values()];
}

/** The version of a meter that a fill names; waits until `catalog` is folded so far. */
export async function meterOf(
  catalog: Follower<CatalogView>,
  fill: Pick<Fill, "tenant" | "meter" | "version">,
  signal?: AbortSignal,
): Promise<Meter> {
  const find = ({ meters }: CatalogView) =>
    meters.findLast(({ meter }) => versionName(meter) === versionName(fill));
  await catalog.until((view) => find(view) !== undefined, signal);
  const found = find(catalog.state());
  if (found === undefined) throw new Error(`meter ${fill.meter} is published and cannot be found`);
  return found.meter;
}

/** Where on `catalog` a fill was asked for first; waits until it is folded so far. */
export async function requestedAt(
  catalog: Follower<CatalogView>,
  fill: Pick<Fill, "tenant" | "meter" | "version">,
  signal?: AbortSignal,
): Promise<number> {
  const find = ({ fills }: CatalogView) =>
    [...fills].find((each) => versionName(each.fill) === versionName(fill));
  await catalog.until((view) => find(view) !== undefined, signal);
  const found = find(catalog.state());
  if (found === undefined)
    throw new Error(`meter ${fill.meter} is filled, and nobody asked for it`);
  return found.offset;
}

function versionName({ tenant, meter, version }: Pick<Meter, "tenant" | "meter" | "version">) {
  return `${tenant}\u001f${meter}\u001f${version}`;
}
