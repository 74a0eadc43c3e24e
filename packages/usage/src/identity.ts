import type { UsageReported } from "./facts.ts";

/** Joins the parts of an identity in a record key; no part may hold it. */
const separator = "\u001f";

/**
 * The identity of a usage event, as the key of its record: tenant, source and id as the producer gave them, in UTF-8,
 * joined by U+001F. Never the time: a retry that stamps its event anew is still a retry.
 */
export function identityKey(tenant: string, source: string, id: string): Buffer {
  return Buffer.from(tenant + separator + source + separator + id);
}

/** The key of a reported event's record: its identity, and of a correction that of its target, with which it travels. */
export function recordKey(
  event: Pick<UsageReported, "tenant" | "source" | "id" | "target">,
): Buffer {
  return identityKey(event.tenant, event.source, event.target ?? event.id);
}

/** The identity of a correction: that of its target, and its own id. */
export function correctionKey(target: Uint8Array, id: string): Buffer {
  return Buffer.concat([target, Buffer.from(separator + id)]);
}

/** Under what the last correction of an event is kept: no id is empty, so this is nobody's identity. */
export function inForceKey(target: Uint8Array): Buffer {
  return correctionKey(target, "");
}

/**
 * The partition of a key: Kafka's default for every client that keeps to it, `(murmur2 & 0x7fffffff) mod partitions`. `hash`: the key's
 * murmur2, where it is known.
 */
export function partitionOf(key: Uint8Array, partitions: number, hash = murmur2(key)): number {
  return (hash & 0x7fffffff) % partitions;
}

const seed = 0x9747b28c;
const mixer = 0x5bd1e995;

/** Murmur2 as in Kafka's `Utils.murmur2`, a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const wholeWords = length - (length % 4);
  let hash = seed ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word =
      byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, mixer);
    word = Math.imul(word ^ (word >>> 24), mixer);
    hash = Math.imul(hash, mixer) ^ word;
  }
  if (wholeWords < length) {
    for (let at = length - 1; at >= wholeWords; at -= 1)
      hash ^= byteAt(bytes, at) << (8 * (at - wholeWords));
    hash = Math.imul(hash, mixer);
  }
  hash = Math.imul(hash ^ (hash >>> 13), mixer);
  return hash ^ (hash >>> 15);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
