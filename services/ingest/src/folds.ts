import {
  clockOf,
  emptyCatalog,
  evolve,
  settingsOf,
  type Catalog,
  type CatalogFact,
} from "@tallybook/catalog";
import { follow, type Follower, type Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import type { CutOpened } from "@tallybook/usage";
import { topics } from "@tallybook/wire";
import { createDoorWindow, type DatedSettings, type DoorWindow } from "./window.ts";

/** What ingest knows of `catalog` and `cuts`. */
export interface Folds {
  catalog(): Catalog;
  catalogOffset(): number;
  /** The deployment's clock in microseconds; it never goes back. */
  now(): Micros;
  window(): DoorWindow;
  /** Why no event can be taken yet; null once every partition has its first barrier. */
  whyNotReady(): string | null;
  /** Rejects when a fold cannot go on. */
  readonly failed: Promise<unknown>;
  close(): Promise<void>;
}

interface CatalogFold {
  readonly catalog: Catalog;
  readonly settings: readonly DatedSettings[];
}

interface CutsFold {
  readonly partitions: number | null;
  /** By number; the list grows in place. */
  readonly opened: CutOpened[];
  readonly isPlaced: boolean;
}

/** Resolves when all that is committed now is folded. */
export async function openFolds(
  log: Log,
  given: {
    readonly partitions: number;
    readonly wallClock: () => Micros;
    readonly idleMs?: number;
  },
): Promise<Folds> {
  const idle = given.idleMs === undefined ? {} : { idleMs: given.idleMs };
  const catalogs: Follower<CatalogFold> = await follow<CatalogFold>({
    log,
    topic: topics.catalog,
    initial: { catalog: emptyCatalog(), settings: [] },
    evolve: (fold, fact, offset) => ({
      catalog: evolve(fold.catalog, fact as CatalogFact, offset),
      settings:
        fact.kind === "SettingsSet"
          ? [...fold.settings, { offset, settings: fact }]
          : fold.settings,
    }),
    ...idle,
  });
  const cuts: Follower<CutsFold> = await follow<CutsFold>({
    log,
    topic: topics.cuts,
    initial: { partitions: null, opened: [], isPlaced: false },
    evolve(fold, fact) {
      if (fact.kind === "DeploymentMade")
        return { ...fold, partitions: fold.partitions ?? fact.partitions };
      if (fact.kind === "CutOpened" && fact.cut === fold.opened.length) fold.opened.push(fact);
      return fact.kind === "CutPlaced" ? { ...fold, isPlaced: true } : fold;
    },
    ...idle,
  });
  const windowOf = createDoorWindow();
  let last: Micros = 0;

  const catalog = (): Catalog => catalogs.state().catalog;

  function simulatedClock(): Micros | null {
    return settingsOf(catalog())?.simulated === true ? (clockOf(catalog()) ?? null) : null;
  }

  return {
    catalog,
    catalogOffset: () => catalog().offset,
    now() {
      last = Math.max(last, simulatedClock() ?? given.wallClock());
      return last;
    },
    window: () =>
      windowOf({
        opened: cuts.state().opened,
        settings: catalogs.state().settings,
        catalog_offset: catalog().offset,
        clock: simulatedClock(),
      }),
    whyNotReady() {
      const { partitions, isPlaced } = cuts.state();
      if (settingsOf(catalog()) === undefined) return "the catalog has no settings yet";
      if (!isPlaced) return "the first cut is not placed yet";
      if (partitions === given.partitions) return null;
      return `the deployment has ${partitions} partitions, PARTITIONS says ${given.partitions}`;
    },
    failed: Promise.race([catalogs.done, cuts.done]),
    async close() {
      await Promise.all([catalogs.close(), cuts.close()]);
    },
  };
}
