import { cutAt, measure } from "@tallybook/usage";
import type {
  Cuts,
  Measured,
  Meter,
  MeterVersions,
  PartCompared,
  UsageAccepted,
} from "@tallybook/usage";

import type { MetersByTenant } from "./meters.ts";

export interface MeasuringOptions {
  readonly partition: number;
  /** The meters known below an offset of `catalog`, and those whose history was asked to be filled below another. */
  readonly metersBelow: (catalogOffset: number, filledBelow?: number) => Promise<MetersByTenant>;
}

/** Whose events are measured. */
export interface MeasuredPart {
  readonly cut: number;
  /** What was known at the barrier before it. */
  readonly catalogOffset: number;
  /** Parts in a row before it that `cuts` may not know yet. */
  readonly ended: readonly Pick<PartCompared, "cut" | "raw_end_offset">[];
}

/** A part that `cuts` knows, and all before it. */
export function partOfCuts({ opened }: Cuts, cut: number): MeasuredPart {
  return { cut, catalogOffset: opened[cut - 1]?.catalog_offset ?? 0, ended: [] };
}

/** Measures the events of one part. */
export type MeasureEvent = (event: UsageAccepted) => Measured | Promise<Measured>;

const noMeters: ReadonlyMap<string, readonly Meter[]> = new Map();

/**
 * The events of a cut are measured by the meters known at the barrier before it. What a correction replaces was measured by
 * those of its own cut, and by those whose history was filled over it: that is taken back.
 */
export async function openMeasuring(
  { partition, metersBelow }: MeasuringOptions,
  cuts: Cuts,
  { cut, catalogOffset, ended }: MeasuredPart,
): Promise<MeasureEvent> {
  const meters = await metersBelow(catalogOffset);
  const byCut = new Map<number, MetersByTenant>();

  function cutOf(rawOffset: number): number {
    const found = cutAt(cuts, partition, rawOffset);
    if (found < (ended[0]?.cut ?? cut)) return found;
    return ended.find((part) => rawOffset <= part.raw_end_offset)?.cut ?? cut;
  }

  async function replacedBy(event: UsageAccepted, rawOffset: number): Promise<MeterVersions> {
    const of = cutOf(rawOffset);
    const below = of === cut ? catalogOffset : (cuts.opened[of - 1]?.catalog_offset ?? 0);
    const known = byCut.get(of) ?? (await metersBelow(below, catalogOffset));
    byCut.set(of, known);
    return known.get(event.tenant) ?? noMeters;
  }

  return (event) => {
    const own = meters.get(event.tenant) ?? noMeters;
    const { corrected } = event;
    if (corrected === null) return measure(event, own);
    return replacedBy(event, corrected.replaced.raw_offset).then((replaced) =>
      measure(event, own, replaced),
    );
  };
}
