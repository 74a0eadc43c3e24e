import { Fenced } from "@tallybook/log";
import { backfillsOf, settledBound, windowsKept } from "@tallybook/service-deduper";
import type { IdentityStore } from "@tallybook/service-deduper";
import { claimsKept, isHeld, withClaim } from "@tallybook/usage";
import type { Claim, Window } from "@tallybook/usage";

/** What a crash leaves: everything that `apply` took. */
export interface Disk {
  readonly claims: Map<string, Claim>;
  /** By backfill and identity. */
  readonly ranged: Map<number, Map<string, Claim>>;
  windows: readonly Window[];
  position: number;
  committed: number;
  change: number;
}

export function emptyDisk(): Disk {
  return {
    claims: new Map(),
    ranged: new Map(),
    windows: [],
    position: -1,
    committed: -1,
    change: 0,
  };
}

/** What a snapshot has: the disk as it stood, all of one moment. */
export function copyOf(disk: Disk): Disk {
  const ranged = new Map([...disk.ranged].map(([backfill, of]) => [backfill, new Map(of)]));
  return { ...disk, claims: new Map(disk.claims), ranged };
}

/** A store that erases at once all that it may. */
export function openMemoryStore(disk: Disk): IdentityStore {
  let change = disk.change;
  const nameOf = (identity: Uint8Array) => Buffer.from(identity).toString("hex");
  const rangeOf = (backfill: number) => {
    const range = disk.ranged.get(backfill) ?? new Map<string, Claim>();
    disk.ranged.set(backfill, range);
    return range;
  };
  return {
    claimOf: (identity) => disk.claims.get(nameOf(identity)),
    claimIn: (backfill, identity) => disk.ranged.get(backfill)?.get(nameOf(identity)),
    windows: () => disk.windows,
    position: () => disk.position,
    committed: () => disk.committed,
    async collect(ranged) {
      if (disk.change !== change) throw new Fenced("the store was written by somebody else");
      for (const { backfill, identity, claim } of ranged) {
        const range = rangeOf(backfill);
        range.set(nameOf(identity), withClaim(range.get(nameOf(identity)), claim));
      }
    },
    async apply({ claims, ranged, windows, position, committed }) {
      if (disk.change !== change) throw new Fenced("the store was written by somebody else");
      change += 1;
      disk.change = change;
      disk.committed = Math.max(disk.committed, committed);
      disk.windows = windowsKept([...disk.windows, ...windows], disk.committed);
      disk.position = Math.max(disk.position, position);
      for (const { identity, claim } of claims)
        disk.claims.set(nameOf(identity), claimsKept(claim, disk.committed));
      for (const { backfill, identity, claim } of ranged)
        rangeOf(backfill).set(nameOf(identity), claimsKept(claim, disk.committed));
      const open = backfillsOf(disk.windows);
      for (const backfill of disk.ranged.keys())
        if (!open.has(backfill)) disk.ranged.delete(backfill);
      const bound = settledBound(disk.windows, disk.committed);
      for (const [identity, claim] of disk.claims)
        if (!isHeld(claim, bound)) disk.claims.delete(identity);
    },
    async close() {},
  };
}
