import { follow } from "@tallybook/log";
import type { Follower, Log } from "@tallybook/log";
import { Grown, settingsBehind } from "@tallybook/usage";
import type { KnownSettings } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

/** What `catalog` says about which events are taken, each time with its place. */
export type SettingsHistory = Grown<{
  readonly offset: number;
  readonly settings: KnownSettings;
}>;

/** Follows the settings and the backfills on `catalog`. */
export function followSettings(log: Log): Promise<Follower<SettingsHistory>> {
  const initial: SettingsHistory = Grown.empty();
  return follow({
    log,
    topic: topics.catalog,
    initial,
    evolve(history, fact, offset) {
      if (fact.kind !== "SettingsSet" && fact.kind !== "BackfillRequested") return history;
      const known = history.findLast(() => true)?.settings;
      return history.append({ offset, settings: settingsBehind(known, fact, offset) });
    },
  });
}

/** What is known below an offset of `catalog`; waits until it is folded so far. */
export async function settingsBelow(
  history: Follower<SettingsHistory>,
  catalogOffset: number,
): Promise<KnownSettings> {
  await history.until((_, offset) => offset >= catalogOffset);
  const known = history.state().findLast(({ offset }) => offset < catalogOffset);
  if (known === undefined) throw new Error(`no settings on catalog below offset ${catalogOffset}`);
  return known.settings;
}
