import type { SettingsSet } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import { lowerBound, type CutOpened } from "@tallybook/usage";

/** Which event times the door takes. */
export interface DoorWindow {
  /** Of the last cut that was opened. */
  readonly time: Micros;
  /** Null: any age. */
  readonly lower_bound: Micros | null;
  readonly ahead_seconds: number;
}

/** Settings of the deployment, and where they stand on `catalog`. */
export interface DatedSettings {
  readonly offset: number;
  readonly settings: SettingsSet;
}

/** What the door has folded so far. */
export interface Folded {
  readonly opened: readonly CutOpened[];
  readonly settings: readonly DatedSettings[];
  /** How far `catalog` is folded, exclusive. */
  readonly catalog_offset: number;
  /** Simulated time; null where time runs by itself. */
  readonly clock: Micros | null;
}

/**
 * The window as the deduper has it behind the last cut that was opened, so that it does not refuse what the door took.
 * Opened, not placed: the barriers may already stand where the next event lands. For the same reason simulated time
 * counts at once: a cut with that time is on its way.
 */
export function createDoorWindow(): (folded: Folded) => DoorWindow {
  let cutsTaken = 0;
  let time: Micros = 0;
  let bound: Micros | null = null;
  return function windowNow({ opened, settings, catalog_offset, clock }) {
    for (let cut = opened[cutsTaken]; cut !== undefined; cut = opened[cutsTaken]) {
      if (cut.catalog_offset > catalog_offset) break;
      time = cut.time;
      bound = lowerBound(time, bound, settingsAt(settings, cut.catalog_offset).window_seconds);
      cutsTaken += 1;
    }
    const { window_seconds, ahead_seconds } = settingsAt(settings, catalog_offset);
    if (clock === null || clock <= time) return { time, lower_bound: bound, ahead_seconds };
    return { time: clock, lower_bound: lowerBound(clock, bound, window_seconds), ahead_seconds };
  };
}

function settingsAt(settings: readonly DatedSettings[], catalogOffset: number): SettingsSet {
  const known = settings.findLast(({ offset }) => offset < catalogOffset);
  if (known === undefined) throw new Error(`no settings below offset ${catalogOffset} of catalog`);
  return known.settings;
}
