import { Fenced } from "@tallybook/log";
import { claimsKept, isHeld, rangeKey, withClaim } from "@tallybook/usage";
import type { Claim, Window } from "@tallybook/usage";
import { open } from "lmdb";
import type { Database } from "lmdb";

import { claimsFromBytes, claimsToBytes, heldUntilOf } from "./claimBytes.ts";
import { expiredBelow, expiryEntries, identitiesIn } from "./expiries.ts";
import { backfillsOf, settledBound, windowsKept } from "./store.ts";
import type { IdentityStore, RangedClaim } from "./store.ts";

interface Meta {
  /** Of what the store keeps; one of another format is folded again. */
  readonly format: number;
  readonly deployment: string;
  /** One more with each change, so that whoever writes sees whether somebody else has. */
  readonly change: number;
  readonly position: number;
  readonly committed: number;
  readonly windows: readonly Window[];
  /** Backfills that are closed, and whose ranges are not erased yet. */
  readonly closing: readonly number[];
}

export const storeFormat = 4;
/** Index entries taken at once, of dozens of identities each, beyond as many as a batch adds: so erasing always catches up. */
const entriesErasedMax = 100;
/** Of a closed backfill's range, taken at once. */
const rangedErasedMax = 2_000;

/** What a store holds, for figures and for deciding when to copy it. */
export interface StoreSize {
  readonly identities: number;
  /** Of the index by which they expire. */
  readonly entries: number;
  /** In the ranges of backfills. */
  readonly ranged: number;
}

export interface LmdbStore extends IdentityStore {
  size(): StoreSize;
  /** Writes a copy of one moment into an empty folder, on a thread of its own; changes go on meanwhile. */
  copyTo(folder: string): Promise<void>;
}

/**
 * Opens the store of a partition in a folder of its own. Throws where the folder belongs to another deployment: its
 * identities would be taken for this one's.
 */
export function openLmdbStore(folder: string, deployment: string): LmdbStore {
  const root = open({ path: folder, maxDbs: 4 });
  const binary = { keyEncoding: "binary", encoding: "binary" } as const;
  const identities = root.openDB<Buffer, Buffer>({ name: "identities", ...binary });
  const expiries = root.openDB<Buffer, Buffer>({ name: "expiries", ...binary });
  /** By `rangeKey`: of the events in the ranges of open backfills. */
  const ranges = root.openDB<Buffer, Buffer>({ name: "ranges", ...binary });
  const metas = root.openDB<Meta, string>({ name: "meta", encoding: "json" });
  const none: Meta = {
    format: storeFormat,
    deployment,
    change: 0,
    position: -1,
    committed: -1,
    windows: [],
    closing: [],
  };
  let meta: Meta = metas.get("meta") ?? none;
  if (meta.deployment !== deployment) {
    void root.close();
    throw new Error(
      `the identity store in ${folder} belongs to another deployment: move it away, and it is folded again from the topics`,
    );
  }
  if (meta.format !== storeFormat) {
    for (const part of [identities, expiries, ranges, metas]) part.clearSync();
    meta = none;
  }

  function claimAt(part: Database<Buffer, Buffer>, key: Buffer): Claim | undefined {
    const bytes = part.get(key);
    return bytes === undefined ? undefined : claimsFromBytes(bytes);
  }

  function putRanged({ backfill, identity, claim }: RangedClaim, settled: number): void {
    const bytes = claimsToBytes(claimsKept(claim, settled));
    void ranges.put(rangeKey(backfill, identity), bytes);
  }

  function fenced(): Fenced {
    return new Fenced(`the identity store in ${folder} was written by somebody else: they go on`);
  }

  return {
    claimOf: (identity) => claimAt(identities, asBuffer(identity)),
    claimIn: (backfill, identity) => claimAt(ranges, rangeKey(backfill, identity)),
    windows: () => meta.windows,
    position: () => meta.position,
    committed: () => meta.committed,
    size: () => ({
      identities: entriesIn(identities),
      entries: entriesIn(expiries),
      ranged: entriesIn(ranges),
    }),
    // Without its free pages.
    copyTo: (target) => root.backup(target, true),
    async collect(ranged) {
      const written = await root.transaction(() => {
        if ((metas.get("meta") ?? none).change !== meta.change) return false;
        for (const { backfill, identity, claim } of ranged) {
          const known = claimAt(ranges, rangeKey(backfill, identity));
          putRanged({ backfill, identity, claim: withClaim(known, claim) }, meta.committed);
        }
        return true;
      });
      if (!written) throw fenced();
    },
    async apply({ claims, ranged, windows, position, committed }) {
      const settled = Math.max(meta.committed, committed);
      const known = [...meta.windows, ...windows];
      const kept = windowsKept(known, settled);
      const open = backfillsOf(kept);
      // A batch that is folded again may hold both barriers, that which opens a backfill and that which closes it.
      const closed = [...backfillsOf(known)].filter((backfill) => !open.has(backfill));
      let next: Meta = {
        format: storeFormat,
        deployment,
        change: meta.change + 1,
        position: Math.max(meta.position, position),
        committed: settled,
        windows: kept,
        closing: [...meta.closing, ...closed],
      };
      const written = await root.transaction(() => {
        if ((metas.get("meta") ?? none).change !== meta.change) return false;
        const bound = settledBound(next.windows, settled);
        const added = expiryEntries(claims);
        if (bound !== null) eraseSome(identities, expiries, bound, entriesErasedMax + added.length);
        for (const { identity, claim } of claims)
          void identities.put(asBuffer(identity), claimsToBytes(claimsKept(claim, settled)));
        for (const { key, identities: expiring } of added) void expiries.put(key, expiring);
        for (const each of ranged) putRanged(each, settled);
        next = { ...next, closing: next.closing.filter((each) => !eraseRange(ranges, each)) };
        void metas.put("meta", next);
        return true;
      });
      if (!written) throw fenced();
      await root.flushed;
      meta = next;
    },
    close: () => root.close(),
  };
}

/**
 * Erases identities whose claims the bound has passed, oldest first, a bounded number of them. What was claimed anew in
 * the meantime stays, and stands in the index under its later hour as well.
 */
function eraseSome(
  identities: Database<Buffer, Buffer>,
  expiries: Database<Buffer, Buffer>,
  bound: number,
  entriesMax: number,
): void {
  const range = { end: expiredBelow(bound), limit: entriesMax };
  const entries = [...expiries.getRange(range)].map(({ key, value }) => ({
    key: Buffer.from(key),
    expiring: Buffer.from(value),
  }));
  for (const { key, expiring } of entries) {
    for (const identity of identitiesIn(expiring)) {
      const bytes = identities.get(identity);
      if (bytes !== undefined && !isHeld({ held_until: heldUntilOf(bytes) }, bound))
        void identities.remove(identity);
    }
    void expiries.remove(key);
  }
}

/** Erases a bounded number of a closed backfill's claims; true: none is left. */
function eraseRange(ranges: Database<Buffer, Buffer>, backfill: number): boolean {
  const [start, end] = [rangeKey(backfill, nothing), rangeKey(backfill + 1, nothing)];
  const keys = [...ranges.getKeys({ start, end, limit: rangedErasedMax })].map((key) =>
    Buffer.from(key),
  );
  for (const key of keys) void ranges.remove(key);
  return keys.length < rangedErasedMax;
}

const nothing = new Uint8Array();

function entriesIn(database: Database<Buffer, Buffer>): number {
  return (database.getStats() as { entryCount: number }).entryCount;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
