import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";

import type { ExportedFile } from "@tallybook/books";

/** A file that is written from its beginning to its end. */
export type HashedFile = {
  write(bytes: Uint8Array | string): Promise<void>;
  /** Writes what is gathered, closes it, and says what it has become. */
  finish(): Promise<ExportedFile>;
  /** Closes it as it is, where `finish` was not reached. */
  [Symbol.asyncDispose](): Promise<void>;
};

const gatheredBytesMax = 1_048_576;

export async function openHashedFile(dir: string, name: string): Promise<HashedFile> {
  const handle: FileHandle = await open(path.join(dir, name), "wx");
  const hash = createHash("sha256");
  let waiting: Buffer[] = [];
  let [waitingBytes, bytes, isOpen] = [0, 0, true];

  async function flush(): Promise<void> {
    const block = Buffer.concat(waiting);
    [waiting, waitingBytes] = [[], 0];
    hash.update(block);
    await handle.writeFile(block);
  }

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  }

  return {
    async write(data) {
      const buffer = typeof data === "string" ? Buffer.from(data) : Buffer.from(data);
      waiting.push(buffer);
      waitingBytes += buffer.length;
      bytes += buffer.length;
      if (waitingBytes >= gatheredBytesMax) await flush();
    },
    async finish() {
      await flush();
      await handle.sync();
      await close();
      return { name, bytes, sha256: hash.digest("hex") };
    },
    [Symbol.asyncDispose]: close,
  };
}
