import { MICROS_PER_HOUR } from "@tallybook/periods";
import type { Claim } from "@tallybook/usage";

import { writeWhole } from "./claimBytes.ts";

/** An entry of the index: identities that expire in one hour of event time. */
export interface ExpiryEntry {
  /** Hour, first offset, how many: entries sort by their hour, and none takes another's place. */
  readonly key: Buffer;
  readonly identities: Buffer;
}

export const identityBytes = 32;
/** With its key an entry then takes less than half a page of LMDB, beyond which it would need pages of its own. */
const identitiesMax = 60;
const keyBytes = 18;

/**
 * The index entries of a batch's claims. An hour is as fine as it gets: most identities of a batch expire in the same
 * one, so the index takes one write for sixty of them, and nothing rests on the moment at which they are erased.
 */
export function expiryEntries(
  claims: readonly { readonly identity: Uint8Array; readonly claim: Claim }[],
): ExpiryEntry[] {
  const byHour = new Map<number, { identity: Uint8Array; claim: Claim }[]>();
  for (const claimed of claims) {
    const hour = Math.ceil(claimed.claim.held_until / MICROS_PER_HOUR);
    const ofHour = byHour.get(hour);
    if (ofHour === undefined) byHour.set(hour, [claimed]);
    else ofHour.push(claimed);
  }
  const entries: ExpiryEntry[] = [];
  for (const [hour, ofHour] of byHour) {
    for (let at = 0; at < ofHour.length; at += identitiesMax)
      entries.push(entryOf(hour, ofHour.slice(at, at + identitiesMax)));
  }
  return entries;
}

/** The key that all entries are below whose identities the bound has passed. */
export function expiredBelow(lowerBound: number): Buffer {
  const key = Buffer.alloc(keyBytes);
  writeWhole(key, 0, Math.max(0, Math.ceil(lowerBound / MICROS_PER_HOUR)));
  return key;
}

function entryOf(
  hour: number,
  claims: readonly { readonly identity: Uint8Array; readonly claim: Claim }[],
): ExpiryEntry {
  const key = Buffer.allocUnsafe(keyBytes);
  writeWhole(key, 0, hour);
  writeWhole(key, 8, claims[0]?.claim.raw_offset ?? 0);
  key.writeUInt16BE(claims.length, 16);
  const identities = Buffer.allocUnsafe(claims.length * identityBytes);
  claims.forEach(({ identity }, at) => identities.set(identity, at * identityBytes));
  return { key, identities };
}
