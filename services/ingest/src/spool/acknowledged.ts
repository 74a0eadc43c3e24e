import { crc32 } from "node:zlib";
import type { SpoolFile, SpoolFiles } from "./files.ts";

/**
 * How far has been acknowledged, beside the segments: up to so many bytes of one of them, and all of those before it.
 * Written before an answer is given. What is damaged below is a fault; a torn end above it is what a crash leaves.
 */
export interface Acknowledged {
  readonly segment: number;
  readonly bytes: number;
}

export const acknowledgedName = "acknowledged";
const length = 24;

/** Undefined where the file is damaged, cannot be read or is not there: then everything may have been acknowledged. */
export async function readAcknowledged(files: SpoolFiles): Promise<Acknowledged | undefined> {
  const bytes = await files.read(acknowledgedName).catch(() => undefined);
  if (bytes === undefined || bytes.length !== length) return undefined;
  if (crc32(bytes.subarray(0, 16)) !== bytes.readUInt32BE(16)) return undefined;
  return { segment: Number(bytes.readBigUInt64BE(0)), bytes: Number(bytes.readBigUInt64BE(8)) };
}

/** Always the same few bytes in place, so that a full disk takes them. Throws when they are not taken. */
export async function writeAcknowledged(
  file: SpoolFile,
  { segment, bytes }: Acknowledged,
): Promise<void> {
  const written = Buffer.alloc(length);
  written.writeBigUInt64BE(BigInt(segment), 0);
  written.writeBigUInt64BE(BigInt(bytes), 8);
  written.writeUInt32BE(crc32(written.subarray(0, 16)), 16);
  const taken = await file.write(written, 0);
  if (taken !== length)
    throw new Error(`${taken} of ${length} bytes of ${acknowledgedName} written`);
}
