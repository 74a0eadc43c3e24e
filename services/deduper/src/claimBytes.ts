import type { Claim } from "@tallybook/usage";

// Offset and time of eight bytes each, and a SHA-256.
const claimBytes = 48;
const hashAt = 16;

/** An identity's claims, the last one first, as the store keeps them. */
export function claimsToBytes(last: Claim): Buffer {
  let count = 0;
  for (let claim: Claim | null = last; claim !== null; claim = claim.before) count += 1;
  const bytes = Buffer.allocUnsafe(count * claimBytes);
  let at = 0;
  for (let claim: Claim | null = last; claim !== null; claim = claim.before) {
    writeWhole(bytes, at, claim.raw_offset);
    writeWhole(bytes, at + 8, claim.held_until);
    bytes.set(claim.content_hash, at + hashAt);
    at += claimBytes;
  }
  return bytes;
}

/** The same claims again. The bytes are copied: a store may use theirs for something else. */
export function claimsFromBytes(bytes: Buffer): Claim {
  let before: Claim | null = null;
  for (let at = bytes.length - claimBytes; at >= 0; at -= claimBytes) {
    before = {
      raw_offset: readWhole(bytes, at),
      held_until: readWhole(bytes, at + 8),
      content_hash: Buffer.from(bytes.subarray(at + hashAt, at + claimBytes)),
      before,
    };
  }
  return before as Claim;
}

/** By what the last of the claims is held, without reading the others. */
export function heldUntilOf(bytes: Buffer): number {
  return readWhole(bytes, 8);
}

/** A whole number below 2^53 in eight big-endian bytes: they sort as it does. */
export function writeWhole(bytes: Buffer, at: number, whole: number): void {
  bytes.writeUInt32BE(Math.floor(whole / 0x1_0000_0000), at);
  bytes.writeUInt32BE(whole % 0x1_0000_0000, at + 4);
}

function readWhole(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
