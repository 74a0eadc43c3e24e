import type { KeyObject } from "node:crypto";

import { pause } from "@tallybook/log";
import type { Follower, Log, Turning } from "@tallybook/log";
import { assertOwnKey, cutTime, decideCut, identityKey, signBarrier } from "@tallybook/usage";
import type { CutFact, Cuts, CutOpened } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";

import type { CatalogView } from "./meters.ts";
import type { Spools } from "./spools.ts";

export interface CloserOptions {
  readonly log: Log;
  readonly cuts: Follower<Cuts>;
  readonly catalog: Follower<CatalogView>;
  readonly partitions: number;
  readonly spools: Spools;
  readonly privateKey: KeyObject;
  /** SPKI, DER. */
  readonly publicKey: Uint8Array;
  /** The wall clock in microseconds; counts only where time is not simulated. */
  readonly now: () => number;
  readonly reached: (
    point: "closer.opened" | "closer.barriers" | "closer.placed" | "closer.closed",
  ) => void;
  readonly stopping: AbortSignal;
}

const generation = 1;
const microsPerSecond = 1_000_000;
/** How often to see whether the interval between cuts is over, in milliseconds. */
const lookMs = 500;

/**
 * Opens, places and closes the cuts of a deployment, and makes the deployment where there is none. The only writer of its
 * kind, fenced by its transactional id; every order follows from what is on `cuts`, so a successor goes on where it died.
 */
export async function openCloser(options: CloserOptions): Promise<Turning> {
  const { log, cuts, catalog, reached } = options;
  const writer = await log.transactor("closer");
  const barriers = await log.producer();
  // What the predecessor appended last has to be folded before anything is decided.
  const end = await log.endOffset(topics.cuts, 0);
  await cuts.until((_, offset) => offset >= end, options.stopping);
  const { deployment } = cuts.state();
  if (deployment !== undefined) assertOwnKey(options.privateKey, deployment);

  async function append(fact: CutFact, isFolded: (state: Cuts) => boolean): Promise<void> {
    await writer.commit([{ topic: topics.cuts, partition: 0, key: null, value: encode(fact) }]);
    await cuts.until(isFolded, options.stopping);
  }

  async function place(opened: CutOpened): Promise<void> {
    const { cut, time, catalog_offset } = opened;
    for (let partition = 0; partition < options.partitions; partition += 1) {
      const barrier = signBarrier({ cut, partition, time, catalog_offset }, options.privateKey);
      await barriers.send([
        {
          topic: topics.usageRaw,
          partition,
          key: identityKey("", "barrier", String(cut)),
          value: encode(barrier),
        },
      ]);
      reached("closer.barriers");
    }
    await append({ kind: "CutPlaced", cut }, ({ placed }) => placed >= cut);
    reached("closer.placed");
  }

  async function openCut(cut: number, catalogOffset: number): Promise<void> {
    // Before cut 0 no ingest takes events.
    const seen = cut === 0 ? nothingSpooled : await options.spools.untilEmpty(options.stopping);
    options.stopping.throwIfAborted();
    const fact: CutOpened = {
      kind: "CutOpened",
      cut,
      time: cutTime(cuts.state(), clockAt(catalog.state(), catalogOffset, options.now())),
      catalog_offset: catalogOffset,
      ...seen,
    };
    await append(fact, ({ opened }) => opened.length > cut);
    reached("closer.opened");
  }

  return {
    async turn() {
      const state = cuts.state();
      const view = catalog.state();
      if (view.settings === undefined || (view.settings.simulated && view.clocks.length === 0)) {
        await somethingNew(options);
        return "idle";
      }
      if (state.deployment === undefined) {
        const made_at = clockAt(view, catalog.offset(), options.now());
        await append(
          {
            kind: "DeploymentMade",
            generation,
            partitions: options.partitions,
            public_key: options.publicKey,
            made_at,
          },
          ({ deployment }) => deployment !== undefined,
        );
        return "worked";
      }
      const order = decideCut(
        state,
        { asking: unserved(state, view), catalog_offset: catalog.offset() },
        isDue(state, view, options.now()) ||
          isFilled(state, options) ||
          (await isMadeGood(state, options.spools)),
      );
      switch (order.kind) {
        case "openCut":
          await openCut(order.cut, order.catalog_offset);
          return "worked";
        case "placeBarriers":
          await place(order.opened);
          return "worked";
        case "closeCut":
          await append(order.closed, ({ closed }) => closed.length > order.closed.cut);
          reached("closer.closed");
          return "worked";
        case "wait":
          await somethingNew(options);
          return "idle";
      }
    },
    async close() {
      await Promise.all([writer.close(), barriers.close()]);
    },
  };
}

/** What asked for a cut since the last was opened: those before are served. */
function unserved(cuts: Cuts, { asking }: CatalogView) {
  const served = cuts.opened.at(-1)?.catalog_offset ?? 0;
  return asking.tail(({ offset }) => offset >= served);
}

const nothingSpooled = { spools: [], complete: true } as const;

/** The last cut was opened while a spool was not known to be empty, and now all are: what waits for a complete one may go on. */
async function isMadeGood({ opened, placed }: Cuts, spools: Spools): Promise<boolean> {
  const last = opened.at(-1);
  if (last === undefined || last.complete || placed < last.cut) return false;
  return (await spools.ask()).complete;
}

/** A meter's history is filled in all partitions, and no cut makes it known yet: whoever waits for it waits for that. */
function isFilled({ fills }: Cuts, { partitions }: CloserOptions): boolean {
  return fills.values().some(({ cut, ended }) => cut === null && ended.size >= partitions);
}

function isDue(cuts: Cuts, view: CatalogView, now: number): boolean {
  if (view.settings === undefined || view.settings.simulated) return false;
  const last = cuts.opened.at(-1)?.time ?? now;
  return now >= last + view.settings.cut_interval_seconds * microsPerSecond;
}

// Simulated time is what the facts below the cut's catalog offset say, and no clock's.
function clockAt(view: CatalogView, catalogOffset: number, now: number): number {
  if (view.settings?.simulated !== true) return now;
  return view.clocks.findLast(({ offset }) => offset < catalogOffset)?.time ?? 0;
}

async function somethingNew({ cuts, catalog, stopping }: CloserOptions): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stopping]);
  try {
    await Promise.race([cuts.moved(signal), catalog.moved(signal), pause(lookMs, signal)]);
  } finally {
    over.abort();
  }
}
