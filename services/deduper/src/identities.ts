import path from "node:path";

import { openLmdbStore } from "./lmdbStore.ts";
import type { LmdbStore } from "./lmdbStore.ts";
import { createSnapshots, restoreSnapshot } from "./snapshots.ts";
import type { Say } from "./snapshots.ts";

/** A partition's store as the service has it: restored where it was lost, copied at cuts. */
export interface Identities {
  readonly store: LmdbStore;
  atCut(): void;
  close(): Promise<void>;
}

/** Opens the identities of a partition under `dataDir`; `end` is the end of the partition of `usage.raw`. */
export async function openIdentities(given: {
  readonly dataDir: string;
  /** Empty: inside `dataDir`. */
  readonly snapshotDir: string;
  readonly partition: number;
  readonly deployment: string;
  readonly end: number;
  readonly say: Say;
}): Promise<Identities> {
  const { dataDir, partition, deployment, end, say } = given;
  const folder = path.join(dataDir, "identities", String(partition));
  const dir = given.snapshotDir === "" ? path.join(dataDir, "snapshots") : given.snapshotDir;
  const place = { dir, partition, deployment };
  await restoreSnapshot({ folder, place, end, say });
  const store = openLmdbStore(folder, deployment);
  const snapshots = await createSnapshots({ store, place, say });
  return {
    store,
    atCut: () => snapshots.atCut(),
    async close() {
      await snapshots.close();
      await store.close();
    },
  };
}
