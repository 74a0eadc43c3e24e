import { mkdirSync } from "node:fs";
import { open, readdir, readFile, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import path from "node:path";

/** The one folder of a spool, as little of it as is needed, so that a test can make each of these fail. */
export interface SpoolFiles {
  /** Where a person finds it. */
  readonly folder: string;
  /** Names and sizes in bytes, in no order. */
  list(): Promise<{ readonly name: string; readonly bytes: number }[]>;
  /** A new file that is still there after a loss of power. Throws where the name is taken. */
  create(name: string): Promise<SpoolFile>;
  read(name: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Cuts a file off, and has that on the disk. */
  truncate(name: string, bytes: number): Promise<void>;
  /** Opens a file for writing, made where it is not there. */
  update(name: string): Promise<SpoolFile>;
}

export interface SpoolFile {
  /** Writes at a position. Resolves with how many bytes were taken, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Resolves once all that was written is on the disk. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Readable by nobody else: it holds usage. */
const mode = 0o600;

/** The files of a real folder, made where it is not there. */
export function openSpoolFiles(folder: string): SpoolFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(folder, name);

  async function syncFolder(): Promise<void> {
    await withHandle(folder, "r", (handle) => handle.sync());
  }

  return {
    folder,
    async list() {
      const names = await readdir(folder);
      return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(at(name))).size })));
    },
    async create(name) {
      const handle = await open(at(name), "wx", mode);
      try {
        await syncFolder();
      } catch (error) {
        await handle.close();
        throw error;
      }
      return fileOf(handle);
    },
    read: (name) => readFile(at(name)),
    async rename(from, to) {
      await rename(at(from), at(to));
      await syncFolder();
    },
    // Not synced: a file that comes back after a loss of power is delivered again, which is harmless.
    remove: (name) => unlink(at(name)),
    truncate: (name, bytes) =>
      withHandle(at(name), "r+", async (handle) => {
        await handle.truncate(bytes);
        await handle.sync();
      }),
    async update(name) {
      const handle = await open(at(name), "r+", mode).catch(async (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return open(at(name), "w+", mode);
      });
      return fileOf(handle);
    },
  };
}

function fileOf(handle: FileHandle): SpoolFile {
  return {
    write: async (bytes, position) =>
      (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}

async function withHandle(
  file: string,
  flags: string,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
