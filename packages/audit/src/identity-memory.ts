import type { LogRecord } from "@tallybook/log";
import { correctionKey, isHeld } from "@tallybook/usage";
import type { Backfill, Claim, RawFact, Window } from "@tallybook/usage";
import type { Unreadable } from "@tallybook/wire";

import { createClaims } from "./claims.ts";
import type { Claims, Held } from "./claims.ts";
import type { ClaimsOfIdentities } from "./decider.ts";
import { createRangedClaims } from "./ranged-claims.ts";
import type { RangedClaims } from "./ranged-claims.ts";

/** Which identities are held, without the contents of their events: who meets one is decided by the contents in the log. */
export interface IdentityMemory {
  readonly claims: Claims;
  readonly ranged: RangedClaims<Held>;
  /** The same for the rules. */
  readonly known: ClaimsOfIdentities;
}

export function createIdentityMemory(backfills: readonly Backfill[]): IdentityMemory {
  const claims = createClaims();
  const ranged = createRangedClaims(backfills, createClaims);
  const claimOf = (held: Held | undefined): Claim | undefined =>
    held && { ...held, content_hash: none, before: null };
  const known: ClaimsOfIdentities = {
    of: (identity) => claimOf(claims.of(identity)),
    put: claims.put,
    in: (backfill, identity) => claimOf(ranged.in(backfill, identity)),
    take: ranged.take,
  };
  return { claims, ranged, known };
}

const none = new Uint8Array();

interface ReadRecord {
  readonly record: LogRecord;
  readonly fact: RawFact | Unreadable;
}

/** Under what an event, or a correction, holds its identity; undefined where it is neither. */
export function identityOf({ record: { key }, fact }: ReadRecord): Uint8Array | undefined {
  if (key === null || fact.kind !== "UsageReported") return undefined;
  return fact.target === null ? key : correctionKey(key, fact.id);
}

/** What stands for the identity of a record that it meets; undefined where it meets none. */
export function metBy(
  read: ReadRecord,
  window: Window | undefined,
  { claims, ranged }: IdentityMemory,
): number | undefined {
  const identity = identityOf(read);
  const { record, fact } = read;
  if (window === undefined || identity === undefined || record.key === null) return undefined;
  const held = claims.of(identity);
  if (held !== undefined && isHeld(held, window.lower_bound)) return held.raw_offset;
  if (fact.kind !== "UsageReported") return undefined;
  const backfill = window.backfills.find(
    (each) => each.tenant === fact.tenant && each.backfill === fact.backfill,
  );
  return backfill && ranged.in(backfill, record.key)?.raw_offset;
}
