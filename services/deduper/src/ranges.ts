import { readAhead } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { identityKey, isInRange, rangedClaim, rangeKey, withClaim } from "@tallybook/usage";
import type { Backfill, Claim, UsageAccepted, Window } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import type { IdentityStore, RangedClaim } from "./store.ts";

/** The ranges of open backfills, as a batch is decided on them. */
export interface Ranges {
  /** The last claim of a range on an identity: of the batch so far, else of the store. */
  readonly claimIn: (backfill: Backfill, identity: Uint8Array) => Claim | undefined;
  /** An event was accepted behind a window: it joins the ranges that are open there. */
  readonly take: (event: UsageAccepted, open: readonly Backfill[]) => void;
  /** What the batch adds to the store. */
  readonly added: () => RangedClaim[];
}

export function createRanges(store: Pick<IdentityStore, "claimIn">): Ranges {
  const added = new Map<string, RangedClaim>();
  const nameOf = (backfill: number, identity: Uint8Array) =>
    rangeKey(backfill, identity).toString("latin1");

  function claimIn(backfill: number, identity: Uint8Array): Claim | undefined {
    return added.get(nameOf(backfill, identity))?.claim ?? store.claimIn(backfill, identity);
  }

  return {
    claimIn: ({ catalog_offset }, identity) => claimIn(catalog_offset, identity),
    take(event, open) {
      for (const ranged of rangedIn(event, open)) {
        const { backfill, identity } = ranged;
        const claim = withClaim(claimIn(backfill, identity), ranged.claim);
        added.set(nameOf(backfill, identity), { backfill, identity, claim });
      }
    },
    added: () => [...added.values()],
  };
}

/** The backfills that a barrier opens. */
export function openedBy(window: Window, before: Window | undefined): Backfill[] {
  const open = new Set(before?.backfills.map(({ catalog_offset }) => catalog_offset));
  return window.backfills.filter(({ catalog_offset }) => !open.has(catalog_offset));
}

/** Claims that are kept at once. */
const collectedMax = 10_000;
/** A reader sees a commit some milliseconds after whoever made it: how often it looks again, and for how many milliseconds. */
const looksMax = 300;
const lookMs = 100;

/**
 * Reads what was accepted in a partition below an offset of `usage.raw`, from the beginning of the log, and keeps what is in the
 * ranges of backfills. All that is decided below the offset is committed, by progress up to `committed` at least, and this waits until
 * it has read so far: so it is what anybody reads there at any time. Throws where the log does not have it.
 */
export async function collectRanges(
  log: Log,
  partition: number,
  given: {
    readonly backfills: readonly Backfill[];
    readonly below: number;
    readonly committed: number;
  },
  store: Pick<IdentityStore, "collect">,
): Promise<void> {
  const { backfills, below, committed } = given;
  let ranged: RangedClaim[] = [];
  let [next, progress] = [0, -1];
  for (let looks = 0; progress < committed; looks += 1) {
    if (looks > looksMax)
      throw new Error(
        `partition ${partition} of ${topics.usageAccepted} has progress up to ${progress}, but ${committed} was committed: the log has lost records`,
      );
    if (looks > 0)
      await log.fetch(topics.usageAccepted, partition, next, { bytesMax: 1, waitMsMax: lookMs });
    for await (const records of readAhead(log, topics.usageAccepted, partition, { from: next })) {
      for (const { offset, value } of records) {
        next = offset + 1;
        const fact = decode(value);
        if (fact.kind === "DeduperProgressed") progress = Math.max(progress, fact.raw_offset);
        if (fact.kind === "UsageAccepted" && fact.raw_offset < below)
          ranged.push(...rangedIn(fact, backfills));
      }
      if (ranged.length < collectedMax) continue;
      await store.collect(ranged);
      ranged = [];
    }
  }
  await store.collect(ranged);
}

function rangedIn(event: UsageAccepted, backfills: readonly Backfill[]): RangedClaim[] {
  const own = backfills.filter((backfill) => isInRange(backfill, event));
  if (own.length === 0) return [];
  const identity = identityKey(event.tenant, event.source, event.id);
  const claim = rangedClaim(event);
  return own.map(({ catalog_offset }) => ({ backfill: catalog_offset, identity, claim }));
}
