import { emptyLedger, evolveLedger } from "@tallybook/journal";
import type { CatalogHistory, JournalFact, Ledger, UsedBasis } from "@tallybook/journal";
import { follow, followCatalogHistory, LogUnavailable, pause } from "@tallybook/log";
import type { Follower, Log } from "@tallybook/log";
import { topics } from "@tallybook/wire";

import { inTime } from "./in-time.ts";

/** What whoever asks for usage is known by, and what usage is attributed by. */
export interface Grounds {
  /** Resolves with the catalog once what was committed to it before the call is folded. Throws `LogUnavailable`, or the signal's reason. */
  untilFolded(signal: AbortSignal): Promise<CatalogHistory>;
  /** The catalog as far as it is folded; undefined while it is read for the first time. */
  catalog(): CatalogHistory | undefined;
  /** Undefined while the journal is read for the first time. Throws where it is broken. */
  basis(): UsedBasis | undefined;
  close(): Promise<void>;
}

const retryMs = 500;

/** Follows both behind the start of the service: a long journal keeps no sink from its work, and what breaks here ends none. */
export function followGrounds(log: Log, stopping: AbortSignal): Grounds {
  const catalog = inBackground(() => followCatalogHistory(log), stopping);
  const journal = inBackground(
    () =>
      follow<Ledger>({
        log,
        topic: topics.journal,
        initial: emptyLedger(),
        evolve: (ledger, fact) => evolveLedger(ledger, fact as JournalFact),
      }),
    stopping,
  );
  return {
    async untilFolded(signal) {
      const end = await inTime(log.endOffset(topics.catalog, 0), signal);
      const follower = await inTime(catalog.opened, signal);
      await follower.until((_, offset) => offset >= end, signal);
      return follower.state();
    },
    catalog: () => catalog.now()?.state(),
    basis() {
      const history = catalog.now()?.state();
      const ledger = journal.now()?.state();
      if (history === undefined || ledger === undefined) return undefined;
      const catalogAt = (offset: number) => history.at(offset);
      return { ledger, catalogAt, catalog: history.at(history.now.offset) };
    },
    async close() {
      await Promise.all([catalog.close(), journal.close()]);
    },
  };
}

interface Background<State> {
  readonly opened: Promise<Follower<State>>;
  /** Undefined until it is opened. Throws what it failed with. */
  now(): Follower<State> | undefined;
  close(): Promise<void>;
}

function inBackground<State>(
  open: () => Promise<Follower<State>>,
  stopping: AbortSignal,
): Background<State> {
  let follower: Follower<State> | undefined;
  let failure: Error | undefined;

  async function opening(): Promise<Follower<State>> {
    for (;;) {
      stopping.throwIfAborted();
      try {
        follower = await open();
        follower.done.catch(fail);
        return follower;
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        await pause(retryMs, stopping);
      }
    }
  }
  function fail(error: unknown): void {
    failure = error as Error;
  }

  const under = opening();
  under.catch(fail);
  return {
    opened: under,
    now() {
      if (failure !== undefined) throw failure;
      return follower;
    },
    async close() {
      await under.then((it) => it.close()).catch(() => {});
    },
  };
}
