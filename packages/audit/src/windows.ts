import { windowBehind } from "@tallybook/usage";
import type { Backfill, Cuts, KnownSettings, Window } from "@tallybook/usage";

/** What `catalog` says about which events are taken, each time with its place, in their order. */
export interface PlacedSettings {
  readonly offset: number;
  readonly settings: KnownSettings;
}

/** What is known below an offset of `catalog`. */
export function settingsBelow(
  placed: readonly PlacedSettings[],
  catalogOffset: number,
): KnownSettings {
  const known = placed.findLast(({ offset }) => offset < catalogOffset);
  if (known === undefined) throw new Error(`no settings on catalog below offset ${catalogOffset}`);
  return known.settings;
}

/** All backfills that were ever asked for. */
export function backfillsIn(placed: readonly PlacedSettings[]): readonly Backfill[] {
  return placed.at(-1)?.settings.backfills ?? [];
}

/**
 * What each barrier of a partition put in force, as `cuts` tells it: the window of cut n, at index n - 1, begins behind barrier
 * n - 1. Up to the last cut whose part is compared.
 */
export function windowsOf(
  { parts, opened }: Pick<Cuts, "parts" | "opened">,
  settings: readonly PlacedSettings[],
  partition: number,
): Window[] {
  const windows: Window[] = [];
  for (const [cut, ofCut] of parts.entries()) {
    const [part, barrier] = [ofCut.get(partition), opened[cut]];
    if (part === undefined || barrier === undefined) break;
    const { time, catalog_offset } = barrier;
    windows.push(
      windowBehind(
        { raw_offset: part.raw_end_offset, cut, time, catalog_offset },
        windows.at(-1),
        settingsBelow(settings, catalog_offset),
      ),
    );
  }
  return windows;
}

/** The window that a record stands behind; undefined for one before the first barrier. */
export function windowAt(windows: readonly Window[], offset: number): Window | undefined {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[middle]?.raw_offset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return windows[low - 1];
}
