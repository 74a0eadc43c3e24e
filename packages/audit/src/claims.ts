import { isHeld, murmur2 } from "@tallybook/usage";
import type { Claim } from "@tallybook/usage";
import type { Micros } from "@tallybook/periods";

/** Who holds which identity of a partition, in memory: about a hundred bytes for each, outside of the heap. */
export interface Claims {
  readonly of: (identity: Uint8Array) => Claim | undefined;
  readonly put: (identity: Uint8Array, claim: Claim) => void;
  /** Forgets what has expired, where that is worth it; what is read again decides the same with it or without. */
  readonly sweep: (lowerBound: Micros | null) => void;
  readonly size: () => number;
}

const hashBytes = 32;
/** Offset and time of expiry, 8 bytes each, the hash, and two for the length of the identity. */
const headBytes = 8 + 8 + hashBytes + 2;
const chunkBytes = 4 * 1024 * 1024;
const slotsFirst = 1 << 16;
const sweepFrom = 100_000;

/**
 * Open addressing over records in an arena: the hash of an identity chooses where to look, the identity itself decides. The last
 * claim of an identity is enough where records are decided once and in order.
 */
export function createClaims(): Claims {
  let chunks: Buffer[] = [Buffer.allocUnsafe(chunkBytes)];
  let used = 0;
  /** Where an identity's record begins, one up; 0: none. */
  let places = new Float64Array(slotsFirst);
  let hashes = new Int32Array(slotsFirst);
  let count = 0;
  let countSwept = 0;

  function append(identity: Uint8Array): number {
    const bytes = headBytes + identity.length;
    // A record stands in one chunk, whole.
    if ((used % chunkBytes) + bytes > chunkBytes) used += chunkBytes - (used % chunkBytes);
    const index = Math.floor(used / chunkBytes);
    if (chunks[index] === undefined) chunks.push(Buffer.allocUnsafe(chunkBytes));
    const place = used;
    const [chunk, at] = bytesAt(place);
    chunk.writeUInt16LE(identity.length, at + headBytes - 2);
    chunk.set(identity, at + headBytes);
    used += bytes;
    return place;
  }

  function bytesAt(place: number): [Buffer, number] {
    return [chunks[Math.floor(place / chunkBytes)] as Buffer, place % chunkBytes];
  }

  function write(place: number, { raw_offset, held_until, content_hash }: Claim): void {
    const [chunk, at] = bytesAt(place);
    chunk.writeDoubleLE(raw_offset, at);
    chunk.writeDoubleLE(held_until, at + 8);
    chunk.set(content_hash, at + 16);
  }

  function read(place: number): Claim {
    const [chunk, at] = bytesAt(place);
    return claimIn(chunk, at);
  }

  function isOf(place: number, identity: Uint8Array): boolean {
    const [chunk, at] = bytesAt(place);
    const from = at + headBytes;
    if (chunk.readUInt16LE(from - 2) !== identity.length) return false;
    return chunk.compare(identity, 0, identity.length, from, from + identity.length) === 0;
  }

  /** The slot of an identity, or the free one that would be its own. */
  function slotOf(identity: Uint8Array, hash: number): number {
    const mask = places.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const place = places[slot] as number;
      if (place === 0) return slot;
      if (hashes[slot] === hash && isOf(place - 1, identity)) return slot;
    }
  }

  function grow(): void {
    const [old, oldHashes] = [places, hashes];
    places = new Float64Array(old.length * 2);
    hashes = new Int32Array(old.length * 2);
    const mask = places.length - 1;
    for (let from = 0; from < old.length; from += 1) {
      const place = old[from] as number;
      if (place === 0) continue;
      const hash = oldHashes[from] as number;
      let slot = spread(hash) & mask;
      while (places[slot] !== 0) slot = (slot + 1) & mask;
      places[slot] = place;
      hashes[slot] = hash;
    }
  }

  function put(identity: Uint8Array, claim: Claim): void {
    const hash = murmur2(identity);
    const slot = slotOf(identity, hash);
    const known = places[slot] as number;
    const place = known === 0 ? append(identity) : known - 1;
    write(place, claim);
    if (known !== 0) return;
    places[slot] = place + 1;
    hashes[slot] = hash;
    count += 1;
    if (count * 2 > places.length) grow();
  }

  return {
    of(identity) {
      const place = places[slotOf(identity, murmur2(identity))] as number;
      return place === 0 ? undefined : read(place - 1);
    },
    put,
    sweep(lowerBound) {
      if (lowerBound === null || count < Math.max(sweepFrom, 2 * countSwept)) return;
      const [oldChunks, oldPlaces] = [chunks, places];
      [chunks, used, count] = [[Buffer.allocUnsafe(chunkBytes)], 0, 0];
      [places, hashes] = [new Float64Array(slotsFirst), new Int32Array(slotsFirst)];
      for (const place of oldPlaces) {
        if (place === 0) continue;
        const chunk = oldChunks[Math.floor((place - 1) / chunkBytes)] as Buffer;
        const at = (place - 1) % chunkBytes;
        const claim = claimIn(chunk, at);
        if (!isHeld(claim, lowerBound)) continue;
        const from = at + headBytes;
        put(chunk.subarray(from, from + chunk.readUInt16LE(from - 2)), claim);
      }
      countSwept = count;
    },
    size: () => count,
  };
}

function claimIn(chunk: Buffer, at: number): Claim {
  return {
    raw_offset: chunk.readDoubleLE(at),
    held_until: chunk.readDoubleLE(at + 8),
    content_hash: chunk.subarray(at + 16, at + 16 + hashBytes),
    before: null,
  };
}

/** All records of a partition agree in the hash modulo its number of partitions: the low bits alone would crowd. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
