import type { Micros } from "@tallybook/periods";
import { isHeld, murmur2 } from "@tallybook/usage";
import type { Claim } from "@tallybook/usage";

/** What an identity is held by. Its content stands in the log, for whoever has to compare it. */
export type Held = Pick<Claim, "raw_offset" | "held_until">;

/**
 * Who holds which identity of a partition, in memory: some eighty bytes for each, outside of the heap. `hash` is an identity's murmur2,
 * where it is known.
 */
export interface Claims {
  readonly of: (identity: Uint8Array, hash?: number) => Held | undefined;
  readonly put: (identity: Uint8Array, held: Held, hash?: number) => void;
  /** Forgets what has expired, where that is worth it; what is read again decides the same with it or without. */
  readonly sweep: (lowerBound: Micros | null) => void;
  readonly size: () => number;
}

/** Offset and time of expiry, 8 bytes each, and two for the length of the identity. */
const headBytes = 8 + 8 + 2;
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
    const chunk = chunkOf(place);
    const at = place % chunkBytes;
    chunk.writeUInt16LE(identity.length, at + headBytes - 2);
    chunk.set(identity, at + headBytes);
    used += bytes;
    return place;
  }

  function chunkOf(place: number): Buffer {
    return chunks[Math.floor(place / chunkBytes)] as Buffer;
  }

  function isOf(place: number, identity: Uint8Array): boolean {
    const chunk = chunkOf(place);
    const from = (place % chunkBytes) + headBytes;
    if (chunk.readUInt16LE(from - 2) !== identity.length) return false;
    for (let at = 0; at < identity.length; at += 1)
      if (chunk[from + at] !== identity[at]) return false;
    return true;
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

  function put(identity: Uint8Array, held: Held, hash = murmur2(identity)): void {
    const slot = slotOf(identity, hash);
    const known = places[slot] as number;
    const place = known === 0 ? append(identity) : known - 1;
    const chunk = chunkOf(place);
    chunk.writeDoubleLE(held.raw_offset, place % chunkBytes);
    chunk.writeDoubleLE(held.held_until, (place % chunkBytes) + 8);
    if (known !== 0) return;
    places[slot] = place + 1;
    hashes[slot] = hash;
    count += 1;
    if (count * 2 > places.length) grow();
  }

  return {
    of(identity, hash = murmur2(identity)) {
      const place = places[slotOf(identity, hash)] as number;
      return place === 0 ? undefined : heldIn(chunkOf(place - 1), (place - 1) % chunkBytes);
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
        const held = heldIn(chunk, at);
        if (!isHeld(held, lowerBound)) continue;
        const from = at + headBytes;
        put(chunk.subarray(from, from + chunk.readUInt16LE(from - 2)), held);
      }
      countSwept = count;
    },
    size: () => count,
  };
}

function heldIn(chunk: Buffer, at: number): Held {
  return { raw_offset: chunk.readDoubleLE(at), held_until: chunk.readDoubleLE(at + 8) };
}

/** All records of a partition agree in the hash modulo its number of partitions: the low bits alone would crowd. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
