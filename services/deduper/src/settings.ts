import { follow } from "@tallybook/log";
import type { Follower, Log } from "@tallybook/log";
import { Grown } from "@tallybook/usage";
import type { WindowSettings } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

/** The settings of the deployment, each with its place on `catalog`. */
export type SettingsHistory = Grown<{
  readonly offset: number;
  readonly settings: WindowSettings;
}>;

/** Follows the settings on `catalog`. */
export function followSettings(log: Log): Promise<Follower<SettingsHistory>> {
  const initial: SettingsHistory = Grown.empty();
  return follow({
    log,
    topic: topics.catalog,
    initial,
    evolve: (history, fact, offset) =>
      fact.kind === "SettingsSet" ? history.append({ offset, settings: fact }) : history,
  });
}

/** The settings known below an offset of `catalog`; waits until it is folded so far. */
export async function settingsBelow(
  history: Follower<SettingsHistory>,
  catalogOffset: number,
): Promise<WindowSettings> {
  await history.until((_, offset) => offset >= catalogOffset);
  const known = history.state().findLast(({ offset }) => offset < catalogOffset);
  if (known === undefined) throw new Error(`no settings on catalog below offset ${catalogOffset}`);
  return known.settings;
}
