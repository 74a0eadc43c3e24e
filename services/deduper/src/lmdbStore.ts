import { open } from "lmdb";

import type { Claim, Window } from "@tallybook/usage";

import { windowsKept } from "./store.ts";
import type { IdentityStore } from "./store.ts";

interface Meta {
  readonly deployment: string;
  readonly position: number;
  readonly committed: number;
  readonly windows: readonly Window[];
}

const offsetBytes = 8;

/**
 * Opens the store of a partition in a folder of its own. Throws where the folder belongs to another deployment: its
 * identities would be taken for this one's.
 */
export function openLmdbStore(folder: string, deployment: string): IdentityStore {
  const root = open({ path: folder, maxDbs: 2 });
  const identities = root.openDB<Buffer, Buffer>({
    name: "identities",
    keyEncoding: "binary",
    encoding: "binary",
  });
  const metas = root.openDB<Meta, string>({ name: "meta", encoding: "json" });
  let meta: Meta = metas.get("meta") ?? { deployment, position: -1, committed: -1, windows: [] };
  if (meta.deployment !== deployment) {
    void root.close();
    throw new Error(
      `the identity store in ${folder} belongs to another deployment: move it away, and it is folded again from the topics`,
    );
  }
  return {
    claimOf(identity) {
      const value = identities.get(Buffer.from(identity));
      return value === undefined ? undefined : claimFrom(value);
    },
    windows: () => meta.windows,
    position: () => meta.position,
    committed: () => meta.committed,
    async apply(change) {
      const committed = Math.max(meta.committed, change.committed);
      const next: Meta = {
        deployment,
        position: Math.max(meta.position, change.position),
        committed,
        windows: windowsKept([...meta.windows, ...change.windows], committed),
      };
      await root.transaction(() => {
        for (const { identity, claim } of change.claims)
          void identities.put(Buffer.from(identity), bytesOf(claim));
        void metas.put("meta", next);
      });
      await root.flushed;
      meta = next;
    },
    close: () => root.close(),
  };
}

function bytesOf({ raw_offset, content_hash }: Claim): Buffer {
  const bytes = Buffer.allocUnsafe(offsetBytes + content_hash.length);
  bytes.writeBigUInt64BE(BigInt(raw_offset), 0);
  bytes.set(content_hash, offsetBytes);
  return bytes;
}

function claimFrom(bytes: Buffer): Claim {
  return {
    raw_offset: Number(bytes.readBigUInt64BE(0)),
    content_hash: Buffer.from(bytes.subarray(offsetBytes)),
  };
}
