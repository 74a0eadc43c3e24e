import { Fenced } from "@tallybook/log";
import { settledBound, windowsKept } from "@tallybook/service-deduper";
import type { IdentityStore } from "@tallybook/service-deduper";
import { claimsKept, isHeld } from "@tallybook/usage";
import type { Claim, Window } from "@tallybook/usage";

/** What a crash leaves: everything that `apply` took. */
export interface Disk {
  readonly claims: Map<string, Claim>;
  windows: readonly Window[];
  position: number;
  committed: number;
  change: number;
}

export function emptyDisk(): Disk {
  return { claims: new Map(), windows: [], position: -1, committed: -1, change: 0 };
}

/** What a snapshot has: the disk as it stood, all of one moment. */
export function copyOf(disk: Disk): Disk {
  return { ...disk, claims: new Map(disk.claims) };
}

/** A store that erases at once all that it may. */
export function openMemoryStore(disk: Disk): IdentityStore {
  let change = disk.change;
  return {
    claimOf: (identity) => disk.claims.get(Buffer.from(identity).toString("hex")),
    windows: () => disk.windows,
    position: () => disk.position,
    committed: () => disk.committed,
    async apply({ claims, windows, position, committed }) {
      if (disk.change !== change) throw new Fenced("the store was written by somebody else");
      change += 1;
      disk.change = change;
      disk.committed = Math.max(disk.committed, committed);
      disk.windows = windowsKept([...disk.windows, ...windows], disk.committed);
      disk.position = Math.max(disk.position, position);
      for (const { identity, claim } of claims)
        disk.claims.set(Buffer.from(identity).toString("hex"), claimsKept(claim, disk.committed));
      const bound = settledBound(disk.windows, disk.committed);
      for (const [identity, claim] of disk.claims)
        if (!isHeld(claim, bound)) disk.claims.delete(identity);
    },
    async close() {},
  };
}
