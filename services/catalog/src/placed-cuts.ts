import { follow, type Follower, type Log } from "@tallybook/log";
import { topics } from "@tallybook/wire";

/** What the catalog needs of `cuts`: which of its facts a cut with all its barriers has seen. */
export interface PlacedCuts {
  /** Resolves with true once a cut has seen the fact at that offset, with false when it takes longer than the bound. */
  haveSeen(catalogOffset: number, msMax: number): Promise<boolean>;
  readonly done: Promise<void>;
  close(): Promise<void>;
}

interface Fold {
  /** Catalog offset of each cut that is opened, but not placed. */
  readonly opened: ReadonlyMap<number, number>;
  /** Facts below it are seen. */
  readonly seen: number;
}

export async function followPlacedCuts(log: Log, idleMs?: number): Promise<PlacedCuts> {
  const follower: Follower<Fold> = await follow<Fold>({
    log,
    topic: topics.cuts,
    initial: { opened: new Map(), seen: 0 },
    evolve(fold, fact) {
      if (fact.kind === "CutOpened") {
        return { ...fold, opened: new Map(fold.opened).set(fact.cut, fact.catalog_offset) };
      }
      if (fact.kind !== "CutPlaced") return fold;
      const opened = new Map(fold.opened);
      opened.delete(fact.cut);
      return { opened, seen: Math.max(fold.seen, fold.opened.get(fact.cut) ?? 0) };
    },
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  return {
    async haveSeen(catalogOffset, msMax) {
      const signal = AbortSignal.timeout(msMax);
      try {
        await follower.until(({ seen }) => seen > catalogOffset, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        throw error;
      }
    },
    done: follower.done,
    close: () => follower.close(),
  };
}
