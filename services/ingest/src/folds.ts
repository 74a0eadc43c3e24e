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
  /**
   * Waits until what stands at an offset of `catalog` is known at the last barrier of every partition; false where that takes
   * longer than a few seconds.
   */
  untilAtBarriers(catalogOffset: number): Promise<boolean>;
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
  /** The last cut whose barriers stand in every partition; -1: none. */
  readonly placed: number;
}

const barriersMsMax = 5_000;

/** Resolves when all that is committed now is folded. */
export async function openFolds(
  log: Log,
  given: {
    readonly partitions: number;
    readonly wallClock: () => Micros;
    readonly idleMs?: number;
    /** Milliseconds for which somebody waits for barriers that are being placed; 5,000 unless given. */
    readonly barriersMsMax?: number;
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
    initial: { partitions: null, opened: [], placed: -1 },
    evolve(fold, fact) {
      if (fact.kind === "DeploymentMade")
        return { ...fold, partitions: fold.partitions ?? fact.partitions };
      if (fact.kind === "CutOpened" && fact.cut === fold.opened.length) fold.opened.push(fact);
      return fact.kind === "CutPlaced"
        ? { ...fold, placed: Math.max(fold.placed, fact.cut) }
        : fold;
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
    async untilAtBarriers(catalogOffset) {
      const isThere = ({ opened, placed }: CutsFold) =>
        catalogOffset < (opened[placed]?.catalog_offset ?? 0);
      const patience = AbortSignal.timeout(given.barriersMsMax ?? barriersMsMax);
      await cuts.until(isThere, patience).catch((error: unknown) => {
        if (!patience.aborted) throw error;
      });
      return isThere(cuts.state());
    },
    whyNotReady() {
      const { partitions, placed } = cuts.state();
      if (settingsOf(catalog()) === undefined) return "the catalog has no settings yet";
      if (placed === -1) return "the first cut is not placed yet";
      if (partitions === given.partitions) return null;
      return `the deployment has ${partitions} partitions, PARTITIONS says ${given.partitions}`;
    },
    failed: Promise.race([catalogs.done, cuts.done]),
    async close() {
      await Promise.all([catalogs.close(), cuts.close()]);
    },
  };
}
