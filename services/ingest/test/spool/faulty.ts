import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSpoolFiles, type SpoolFile, type SpoolFiles } from "../../src/spool/files.ts";

/** What the disk does wrong from now on; nothing unless a test says so. */
export interface Faults {
  /** Bytes that the disk still takes; what is more is cut off, and then refused with ENOSPC. */
  spaceLeft: number;
  /** So many syncs fail with EIO. */
  failingSyncs: number;
  /** At most so many bytes are taken by one write. */
  writeBytesMax: number;
}

/** A real folder whose disk can be made to fail. */
export function faultyFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), "tallybook-spool-"));
  const faults: Faults = { spaceLeft: Infinity, failingSyncs: 0, writeBytesMax: Infinity };
  const real = openSpoolFiles(folder);
  const files: SpoolFiles = {
    ...real,
    async create(name) {
      if (faults.spaceLeft <= 0) throw diskError("ENOSPC");
      return faulty(await real.create(name), faults);
    },
    update: async (name) => faulty(await real.update(name), faults),
  };
  return { folder, files, faults, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function faulty(file: SpoolFile, faults: Faults): SpoolFile {
  let end = 0;
  return {
    ...file,
    async write(bytes, position) {
      const taken = Math.min(bytes.length, faults.writeBytesMax);
      const grows = Math.max(0, position + taken - end);
      const fits = taken - Math.max(0, grows - Math.max(0, faults.spaceLeft));
      if (fits <= 0) throw diskError("ENOSPC");
      faults.spaceLeft -= Math.min(grows, Math.max(0, faults.spaceLeft));
      end = Math.max(end, position + fits);
      return file.write(bytes.subarray(0, fits), position);
    },
    async sync() {
      if (faults.failingSyncs > 0) {
        faults.failingSyncs -= 1;
        throw diskError("EIO");
      }
      await file.sync();
    },
  };
}

function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: the disk said so`), { code });
}
