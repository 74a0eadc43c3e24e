import type { CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import type { CatalogHistory } from "@tallybook/journal";
import { createCutsFold, noCuts } from "@tallybook/usage";
import type { CutFact, Cuts } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import { follow } from "./follow.ts";
import type { Follower, Pace } from "./follow.ts";
import type { Log } from "./log.ts";

/** Follows `cuts`: the deployment, and which cuts are opened, placed and closed. */
export function followCuts(log: Log, pace: Pace = {}): Promise<Follower<Cuts>> {
  const evolve = createCutsFold();
  return follow<Cuts>({
    ...pace,
    log,
    topic: topics.cuts,
    initial: noCuts,
    evolve: (state, fact) => evolve(state, fact as CutFact),
  });
}

/** Follows `catalog` as whoever bills needs it: as it was known at any offset. */
export function followCatalogHistory(log: Log, pace: Pace = {}): Promise<Follower<CatalogHistory>> {
  return follow({
    ...pace,
    log,
    topic: topics.catalog,
    initial: createCatalogHistory(),
    evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
  });
}
