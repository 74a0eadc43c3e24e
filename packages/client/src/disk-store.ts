import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { open, readdir, readFile, rename, unlink, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockFolder } from "./folder-lock.ts";
import { fitting } from "./memory-store.ts";
import { lineOf, readLines, textOf } from "./spool-lines.ts";
import type { Held, Store } from "./store.ts";

export interface DiskStoreOptions {
  readonly folder: string;
  /** On the disk and on its way there. */
  readonly bytesMax: number;
  /** Told of a write that failed and is tried again, and of lines that cannot be read. */
  readonly onTrouble: (error: unknown) => void;
  /** Of one file; 1 MiB unless given. */
  readonly fileBytesMax?: number;
}

/** On its way to the disk. */
interface Pending {
  readonly number: number;
  readonly line: string;
}

/** A file that is wholly written. */
interface Closed {
  readonly name: string;
  readonly bytes: number;
  readonly events: number;
}

const fileBytesUsual = 1024 * 1024;
const suffix = ".events";
/** Readable by nobody else: it holds usage. */
const mode = 0o600;
const retryMs = 500;

/**
 * Keeps what waits in files of a folder, each event with its checksum, and removes a file when all of it is settled. What an
 * earlier run left there is sent first. Throws where another tracker uses the folder.
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<Store> {
  const { folder, onTrouble, fileBytesMax = fileBytesUsual } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  const closed = await filesIn(folder);
  let nextNumber = 1 + Math.max(0, ...closed.map(({ name }) => Number.parseInt(name, 10)));
  let bytes = closed.reduce((sum, file) => sum + file.bytes, 0);
  let waiting = closed.reduce((sum, file) => sum + file.events, 0);
  const pending: Pending[] = [];
  let active: { name: string; handle: FileHandle; bytes: number; events: number } | undefined;
  let writing: Promise<void> | undefined;
  /** How many were ever put, and which of them are neither on the disk nor settled, in their order. */
  let put = 0;
  const unsafe = new Set<number>();
  let keepers: { readonly upTo: number; readonly resolve: () => void }[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let reading: { readonly file: Closed; readonly texts: string[] } | undefined;

  /** What is written to, closed or taken from memory changes by one hand at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  async function writeAll(): Promise<void> {
    while (pending.length > 0) {
      let failure: unknown;
      await inTurn(writeOnce).catch((error: unknown) => {
        failure = error;
      });
      if (failure === undefined) continue;
      onTrouble(failure);
      await sleep(retryMs, undefined, { ref: false });
    }
    writing = undefined;
  }

  async function writeOnce(): Promise<void> {
    if (pending.length === 0) return;
    active ??= await create();
    const lines = [...pending];
    const block = Buffer.from(lines.map(({ line }) => line).join(""));
    // At its place: what a failed write has left is written over.
    await writeAt(active.handle, block, active.bytes);
    await active.handle.datasync();
    active.bytes += block.length;
    active.events += lines.length;
    pending.splice(0, lines.length);
    nowSafe(lines);
    if (active.bytes >= fileBytesMax) await closeActive();
  }

  function nowSafe(events: readonly Pending[]): void {
    for (const { number } of events) unsafe.delete(number);
    const first = unsafe.values().next().value ?? put + 1;
    for (const { upTo, resolve } of keepers) if (upTo < first) resolve();
    keepers = keepers.filter(({ upTo }) => upTo >= first);
  }

  async function create() {
    const name = newName();
    const handle = await open(path.join(folder, name), "wx", mode);
    await syncFolder(folder);
    return { name, handle, bytes: 0, events: 0 };
  }

  function newName(): string {
    nextNumber += 1;
    return `${String(nextNumber - 1).padStart(10, "0")}${suffix}`;
  }

  async function closeActive(): Promise<void> {
    if (active === undefined || active.events === 0) return;
    const { name, handle, bytes: size, events } = active;
    active = undefined;
    await handle.close();
    closed.push({ name, bytes: size, events });
  }

  /** Reads the oldest file; what is just being written is closed for it. */
  async function readOldest(): Promise<boolean> {
    if (closed.length === 0) await inTurn(closeActive);
    const file = closed.shift();
    if (file === undefined) return false;
    const at = path.join(folder, file.name);
    try {
      const { texts, damaged } = readLines(await readFile(at, "utf8"));
      if (damaged > 0) {
        await rename(at, `${at}.damaged`);
        onTrouble(new Error(`${damaged} events in ${at}.damaged cannot be read: look at the file`));
      }
      // What a failed write has left behind the end may be whole, and comes again from elsewhere.
      reading = { file, texts: texts.slice(0, file.events) };
    } catch (error) {
      // It stays for the next start.
      bytes -= file.bytes;
      waiting -= file.events;
      onTrouble(error);
    }
    return true;
  }

  async function forget({ file }: NonNullable<typeof reading>): Promise<void> {
    reading = undefined;
    bytes -= file.bytes;
    await unlink(path.join(folder, file.name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  function heldOf(texts: readonly string[], forgotten: () => Promise<void>): Held {
    return {
      texts,
      async done() {
        waiting -= texts.length;
        await forgotten();
      },
    };
  }

  return {
    put(text) {
      const line = lineOf(text);
      const size = Buffer.byteLength(line);
      if (bytes + size > options.bytesMax) return false;
      bytes += size;
      waiting += 1;
      put += 1;
      unsafe.add(put);
      pending.push({ number: put, line });
      // In the next turn, so that what is tracked in one go is one write.
      writing ??= Promise.resolve().then(writeAll);
      return true;
    },
    async take({ itemsMax, bytesMax }) {
      while (reading === undefined || reading.texts.length === 0) {
        if (reading !== undefined) await forget(reading);
        if (await readOldest()) continue;
        // Where the disk takes nothing they are sent as they are.
        const taken = await inTurn(async () => {
          const lines = pending.map(({ line }) => line);
          return pending.splice(0, fitting(lines, itemsMax, bytesMax));
        });
        if (taken.length === 0) return undefined;
        const texts = taken.map(({ line }) => textOf(line));
        return heldOf(texts, async () => {
          for (const { line } of taken) bytes -= Buffer.byteLength(line);
          nowSafe(taken);
        });
      }
      const from = reading;
      const texts = from.texts.splice(0, fitting(from.texts, itemsMax, bytesMax));
      return heldOf(texts, async () => {
        if (from.texts.length === 0 && reading === from) await forget(from);
      });
    },
    waiting: () => waiting,
    kept() {
      if (unsafe.size === 0) return Promise.resolve();
      return new Promise((resolve) => keepers.push({ upTo: put, resolve }));
    },
    keepNow() {
      if (pending.length === 0) return;
      // A file of its own: a write of the other may be under way. What stands in both has one id.
      const file = openSync(path.join(folder, newName()), "wx", mode);
      writeSync(file, pending.map(({ line }) => line).join(""));
      fsyncSync(file);
      closeSync(file);
    },
    async close() {
      await inTurn(async () => active?.handle.close());
      await unlock();
    },
  };
}

async function filesIn(folder: string): Promise<Closed[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(suffix)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = await readFile(path.join(folder, name));
      return { name, bytes: file.length, events: readLines(file.toString()).texts.length };
    }),
  );
}

async function writeAt(handle: FileHandle, block: Buffer, position: number): Promise<void> {
  for (let at = 0; at < block.length;) {
    const { bytesWritten } = await handle.write(block, at, block.length - at, position + at);
    at += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
