import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";

import { openLmdbStore, storeFormat } from "./lmdbStore.ts";
import type { LmdbStore } from "./lmdbStore.ts";
import {
  copyChecked,
  listSnapshots,
  newScratch,
  pruneSnapshots,
  publishSnapshot,
} from "./snapshotFiles.ts";
import type { Listed } from "./snapshotFiles.ts";

/** Where a partition's snapshots are, shared with whoever else may own the partition. */
export interface SnapshotPlace {
  readonly dir: string;
  readonly partition: number;
  readonly deployment: string;
}

/** Tells a person something; `what` is a sentence. */
export type Say = (what: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Records that are sooner folded than a store is copied. */
const tailMin = 100_000;
/** A store is copied once as many records have come as a quarter of it, so a record pays for copying four identities. */
const tailShare = 4;

/** Copies of a store, made beside its work. */
export interface Snapshots {
  /** To be called at each cut: starts a copy where one is due and none is under way. */
  atCut(): void;
  /** Resolves when no copy is under way; before the store closes. */
  close(): Promise<void>;
}

/** Takes snapshots of an open store. A failing one is said, and the next cut tries again. */
export async function createSnapshots(given: {
  readonly store: LmdbStore;
  readonly place: SnapshotPlace;
  readonly say: Say;
  /** Fewer records than this are no reason for a copy; 100,000 unless given. */
  readonly tailMin?: number;
}): Promise<Snapshots> {
  const { store, place, say } = given;
  const own = (await listSnapshots(place.dir, place.partition)).find(
    ({ manifest }) => manifest?.deployment === place.deployment,
  );
  let copied = own?.manifest?.position ?? -1;
  let underWay: Promise<void> | undefined;

  async function take(): Promise<void> {
    const begun = performance.now();
    const { position, committed } = await writeSnapshot(store, place);
    copied = position;
    const ms = Math.round(performance.now() - begun);
    say("took a snapshot of the identities", { position, committed, ms });
  }

  return {
    atCut() {
      const tail = store.position() - copied;
      const least = Math.max(given.tailMin ?? tailMin, store.size().identities / tailShare);
      if (underWay !== undefined || tail < least) return;
      underWay = take()
        .catch((error: unknown) => say("no snapshot could be taken of the identities", { error }))
        .finally(() => {
          underWay = undefined;
        });
    },
    async close() {
      await underWay;
    },
  };
}

async function writeSnapshot(
  store: LmdbStore,
  { dir, partition, deployment }: SnapshotPlace,
): Promise<{ position: number; committed: number }> {
  const scratch = await newScratch(dir, partition);
  try {
    await store.copyTo(scratch);
    // Batches went on meanwhile: the copy knows itself how far it goes.
    const copy = openLmdbStore(scratch, deployment);
    const [position, committed] = [copy.position(), copy.committed()];
    await copy.close();
    const described = { format: storeFormat, deployment, partition, position, committed };
    await publishSnapshot(dir, path.join(scratch, "data.mdb"), described);
    await pruneSnapshots(dir, partition, deployment);
    return { position, committed };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Puts the furthest sound snapshot in the place of a store that is lost, or far behind it; says what it refuses and why.
 * Without one the store stays as it is, and the log is folded into it. `end`: the end of the partition of `usage.raw`.
 * To be called while the store is not open.
 */
export async function restoreSnapshot(given: {
  readonly folder: string;
  readonly place: SnapshotPlace;
  readonly end: number;
  readonly say: Say;
  /** How far behind a store has to be; 100,000 records unless given. */
  readonly tailMin?: number;
}): Promise<void> {
  const { folder, place, end, say } = given;
  const listed = await listSnapshots(place.dir, place.partition);
  if (listed.length === 0) return;
  const position = await positionOf(folder, place.deployment);
  for (const snapshot of listed) {
    const refusal = refusalOf(snapshot, place, end);
    const { name, manifest } = snapshot;
    if (refusal !== undefined || manifest === undefined) {
      say(`the snapshot ${name} of the identities is not used: ${refusal}`);
      continue;
    }
    const isWorth = position === -1 || manifest.position - position > (given.tailMin ?? tailMin);
    if (!isWorth) return;
    const scratch = `${folder}.restoring`;
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    if (await copyChecked(place.dir, { name, manifest }, path.join(scratch, "data.mdb"))) {
      await rm(folder, { recursive: true, force: true });
      await rename(scratch, folder);
      say("restored the identities from a snapshot", { snapshot: name, from: position });
      return;
    }
    await rm(scratch, { recursive: true, force: true });
    say(
      `the snapshot ${name} of the identities is not used: its bytes are not those that its digest is of`,
    );
  }
}

function refusalOf({ manifest }: Listed, place: SnapshotPlace, end: number): string | undefined {
  if (manifest === undefined) return "its manifest is unreadable";
  if (manifest.deployment !== place.deployment) return "it belongs to another deployment";
  if (manifest.format !== storeFormat)
    return `it has format ${manifest.format}, and this is ${storeFormat}`;
  if (manifest.position >= end)
    return `it goes to offset ${manifest.position}, but the log ends at ${end}`;
  return undefined;
}

async function positionOf(folder: string, deployment: string): Promise<number> {
  if (!existsSync(path.join(folder, "data.mdb"))) return -1;
  const store = openLmdbStore(folder, deployment);
  const position = store.position();
  await store.close();
  return position;
}
