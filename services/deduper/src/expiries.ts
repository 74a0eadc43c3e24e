import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Claim } from "@tallybook/usage";

import { writeWhole } from "./claimBytes.ts";

type Claimed = { readonly identity: Uint8Array; readonly claim: Claim };

/** An entry of the index: identities that expire in one hour of event time, each behind its length. */
export interface ExpiryEntry {
  /** Hour, first offset, how many: entries sort by their hour, and none takes another's place. */
  readonly key: Buffer;
  readonly identities: Buffer;
}

/** With its key an entry then takes less than half a page of LMDB, beyond which it would need pages of its own. */
const entryBytesMax = 1_900;
const keyBytes = 18;
const lengthBytes = 2;

/**
 * The index entries of a batch's claims. An hour is as fine as it gets: most identities of a batch expire in the same
 * one, so dozens of them share a write, and nothing rests on the moment at which they are erased.
 */
export function expiryEntries(claims: readonly Claimed[]): ExpiryEntry[] {
  const openByHour = new Map<number, { claims: Claimed[]; bytes: number }>();
  const entries: ExpiryEntry[] = [];
  for (const claimed of claims) {
    const hour = Math.ceil(claimed.claim.held_until / MICROS_PER_HOUR);
    const bytes = lengthBytes + claimed.identity.length;
    const open = openByHour.get(hour);
    if (open !== undefined && open.bytes + bytes <= entryBytesMax) {
      open.claims.push(claimed);
      open.bytes += bytes;
      continue;
    }
    if (open !== undefined) entries.push(entryOf(hour, open.claims, open.bytes));
    openByHour.set(hour, { claims: [claimed], bytes });
  }
  for (const [hour, open] of openByHour) entries.push(entryOf(hour, open.claims, open.bytes));
  return entries;
}

/** The identities of an entry. */
export function identitiesIn(entry: Buffer): Buffer[] {
  const identities: Buffer[] = [];
  for (let at = 0; at < entry.length;) {
    const start = at + lengthBytes;
    at = start + entry.readUInt16BE(at);
    identities.push(entry.subarray(start, at));
  }
  return identities;
}

/** The key that all entries are below whose identities the bound has passed. */
export function expiredBelow(lowerBound: number): Buffer {
  const key = Buffer.alloc(keyBytes);
  writeWhole(key, 0, Math.max(0, Math.ceil(lowerBound / MICROS_PER_HOUR)));
  return key;
}

function entryOf(hour: number, claims: readonly Claimed[], bytes: number): ExpiryEntry {
  const key = Buffer.allocUnsafe(keyBytes);
  writeWhole(key, 0, hour);
  writeWhole(key, 8, claims[0]?.claim.raw_offset ?? 0);
  key.writeUInt16BE(claims.length, 16);
  const identities = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const { identity } of claims) {
    identities.writeUInt16BE(identity.length, at);
    identities.set(identity, at + lengthBytes);
    at += lengthBytes + identity.length;
  }
  return { key, identities };
}
