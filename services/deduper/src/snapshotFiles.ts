import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What a snapshot says of itself, in a file beside its data; the last of it to be written. */
export interface Manifest {
  readonly format: number;
  readonly deployment: string;
  readonly partition: number;
  readonly position: number;
  readonly committed: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** A manifest with its place; undefined where the file is none. */
export interface Listed {
  readonly name: string;
  readonly manifest: Manifest | undefined;
}

/** How many a partition of a deployment keeps. */
const kept = 2;
/** Milliseconds after which what was left half written by somebody who died is taken away. */
const leftoverMs = 24 * 3_600_000;

/** The snapshots of a partition, whoever wrote them, the furthest first. */
export async function listSnapshots(dir: string, partition: number): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const file of await namesIn(dir)) {
    if (!file.startsWith(`${partition}-`) || !file.endsWith(".json")) continue;
    const text = await readFile(path.join(dir, file), "utf8").catch(() => "");
    listed.push({ name: file.slice(0, -".json".length), manifest: manifestFrom(text) });
  }
  return listed.toSorted(
    (one, other) => (other.manifest?.position ?? -1) - (one.manifest?.position ?? -1),
  );
}

/** A new folder to write into, beside the snapshots. */
export async function newScratch(dir: string, partition: number): Promise<string> {
  const scratch = path.join(dir, `.${partition}-${randomBytes(6).toString("hex")}`);
  await mkdir(scratch, { recursive: true });
  return scratch;
}

/**
 * Makes a copy of the store a snapshot: its data first, then, once that is on disk, its manifest. Whoever reads sees a
 * whole one or none.
 */
export async function publishSnapshot(
  dir: string,
  dataFile: string,
  described: Omit<Manifest, "bytes" | "sha256">,
): Promise<void> {
  const { partition, position } = described;
  const suffix = randomBytes(4).toString("hex");
  const name = `${partition}-${String(position).padStart(16, "0")}-${suffix}`;
  const manifest: Manifest = { ...described, ...(await digestOf(dataFile)) };
  await flush(dataFile);
  await rename(dataFile, path.join(dir, `${name}.mdb`));
  const scratchManifest = `${dataFile}.json`;
  await writeFile(scratchManifest, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await flush(dir);
  await rename(scratchManifest, path.join(dir, `${name}.json`));
  await flush(dir);
}

/** Takes away what is older than the last two of this deployment, and what others left half written a day ago. */
export async function pruneSnapshots(
  dir: string,
  partition: number,
  deployment: string,
): Promise<void> {
  const own = (await listSnapshots(dir, partition)).filter(
    ({ manifest }) => manifest?.deployment === deployment,
  );
  for (const { name } of own.slice(kept)) {
    await rm(path.join(dir, `${name}.json`), { force: true });
    await rm(path.join(dir, `${name}.mdb`), { force: true });
  }
  const names = new Set(await namesIn(dir));
  for (const name of names) {
    const isScratch = name.startsWith(`.${partition}-`);
    const isOrphan =
      name.startsWith(`${partition}-`) &&
      name.endsWith(".mdb") &&
      !names.has(name.replace(/mdb$/, "json"));
    if (!isScratch && !isOrphan) continue;
    const file = path.join(dir, name);
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > leftoverMs) await rm(file, { recursive: true, force: true });
  }
}

/** Copies a snapshot's data; false, and no copy, where it is not what the manifest says. */
export async function copyChecked(
  dir: string,
  { name, manifest }: { name: string; manifest: Manifest },
  target: string,
): Promise<boolean> {
  const found = await digestOf(path.join(dir, `${name}.mdb`), target).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  const isWhole = found?.bytes === manifest.bytes && found.sha256 === manifest.sha256;
  if (isWhole) await flush(target);
  else await rm(target, { force: true });
  return isWhole;
}

async function digestOf(
  file: string,
  copyTo?: string,
): Promise<Pick<Manifest, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, copyTo === undefined ? undefined : chunk);
    },
  });
  if (copyTo === undefined) await pipeline(source, counted.resume());
  else await pipeline(source, counted, createWriteStream(copyTo));
  return { bytes, sha256: hash.digest("hex") };
}

/** Resolves when a file, or the names in a folder, are on disk. */
async function flush(name: string): Promise<void> {
  const handle = await open(name);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
}

function manifestFrom(text: string): Manifest | undefined {
  try {
    const read = JSON.parse(text) as Partial<Manifest> | null;
    const isManifest =
      typeof read?.deployment === "string" &&
      typeof read.sha256 === "string" &&
      Number.isSafeInteger(read.position) &&
      Number.isSafeInteger(read.bytes);
    return isManifest ? (read as Manifest) : undefined;
  } catch {
    return undefined;
  }
}
