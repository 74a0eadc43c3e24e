import { windowsKept } from "@tallybook/service-deduper";
import type { IdentityStore } from "@tallybook/service-deduper";
import type { Claim, Window } from "@tallybook/usage";

/** What a crash leaves: everything that `apply` took. */
export interface Disk {
  readonly claims: Map<string, Claim>;
  windows: readonly Window[];
  position: number;
  committed: number;
}

export function emptyDisk(): Disk {
  return { claims: new Map(), windows: [], position: -1, committed: -1 };
}

export function openMemoryStore(disk: Disk): IdentityStore {
  return {
    claimOf: (identity) => disk.claims.get(Buffer.from(identity).toString("hex")),
    windows: () => disk.windows,
    position: () => disk.position,
    committed: () => disk.committed,
    async apply({ claims, windows, position, committed }) {
      for (const { identity, claim } of claims)
        disk.claims.set(Buffer.from(identity).toString("hex"), claim);
      disk.committed = Math.max(disk.committed, committed);
      disk.windows = windowsKept([...disk.windows, ...windows], disk.committed);
      disk.position = Math.max(disk.position, position);
    },
    async close() {},
  };
}
