import { backfillFor, doorOfTheOld } from "./backfill.ts";
import type { Backfill } from "./backfill.ts";
import { contentHash } from "./canonical.ts";
import { checkReported, idBytesMax, tenantNamed } from "./check.ts";
import { claimBelow, heldUntil, isHeld, withClaim } from "./claim.ts";
import type { Claim } from "./claim.ts";
import type {
  BarrierPlaced,
  RawFact,
  UsageAccepted,
  UsageDuplicated,
  UsageRejected,
  UsageReported,
} from "./facts.ts";
import { correctionHeldUntil, readCorrection, targetOf } from "./correction.ts";
import type { EarlierRecord } from "./correction.ts";
import { correctionKey, inForceKey, partitionOf, recordKey } from "./identity.ts";
import { lostInReading } from "./lossless.ts";
import { arrivalOf, judgeArrival } from "./window.ts";
import type { Arrival, Window } from "./window.ts";

/** What a rejection keeps of its record, as much as ingest keeps of what it refuses. */
const rejectedBytesMax = 64 * 1024;

/** A record of `usage.raw` as the deduper sees it. */
export interface RawRecord {
  readonly offset: number;
  /** When Kafka appended it, in microseconds. */
  readonly appended_at: number;
  readonly key: Uint8Array | null;
  /** Null where the bytes are no fact of ours; `detail` then says why. */
  readonly fact: Exclude<RawFact, BarrierPlaced> | null;
  readonly detail: string;
  readonly bytes: Uint8Array;
}

export type Decision =
  | {
      readonly kind: "accepted";
      readonly fact: UsageAccepted;
      readonly identity: Uint8Array;
      /** The identity's claims from now on, the last one first. */
      readonly claim: Claim;
      /** Of a correction: which one counts from now on, under the key of its target. */
      readonly inForce: { readonly key: Uint8Array; readonly claim: Claim } | null;
    }
  | { readonly kind: "duplicate"; readonly fact: UsageDuplicated }
  | { readonly kind: "rejected"; readonly fact: UsageRejected };

/** Where a decision is taken: the partition, and the window behind the last barrier below the record, if there is one. */
export interface Place {
  readonly partition: number;
  readonly partitions: number;
  readonly window: Window | undefined;
}

/**
 * What becomes of a data record: a function of the record, its place, and the claims below it, so that reading it again
 * decides the same. `claimOf` gives an identity's last claim. One at or above the record's own offset is its own first
 * reading or does not exist yet; one that has expired decides nothing, whether or not a store has erased it. `recordAt` gives
 * the records below that the `targetOf` a correction refers to; `claimIn` the last claim on an identity among all accepted events of
 * an open backfill's range: of those none expires for what comes by it.
 */
export function decide(
  record: RawRecord,
  place: Place,
  claimOf: (identity: Uint8Array) => Claim | undefined,
  recordAt: (offset: number) => EarlierRecord | undefined = () => undefined,
  claimIn: (backfill: Backfill, identity: Uint8Array) => Claim | undefined = nothingCollected,
): Decision {
  const { window } = place;
  if (record.fact === null) {
    return rejected(record, place, {
      reason: "undecodable",
      field: null,
      detail: record.detail,
      bytes: record.bytes,
    });
  }
  if (record.fact.kind === "UsageRefused") return rejected(record, place, record.fact);
  const reported = record.fact;
  const fault = faultOf(record, reported, place);
  if (fault !== undefined) return rejected(record, place, { ...fault, event: reported });
  // faultOf refuses what stands before the first barrier.
  const inForce = window as Window;
  const { cut } = inForce;
  const { time, received_at } = arrivalOf(reported, record.appended_at, inForce);
  const named = backfillFor(reported, time, inForce.backfills);
  if ("fault" in named) return rejected(record, place, { ...named.fault, event: reported });
  const { backfill } = named;
  const late = lateness({ time, received_at }, inForce, { target: reported.target, backfill });
  if (late !== undefined) return rejected(record, place, { ...late, event: reported });

  // faultOf refuses a record whose key is not that of its identity.
  const key = record.key as Uint8Array;
  const isCorrection = reported.target !== null;
  const identity = isCorrection ? correctionKey(key, reported.id) : key;
  const content = contentHash(reported);
  const last = claimOf(identity);
  const below = claimBelow(last, record.offset);
  const held = below !== undefined && isHeld(below, inForce.lower_bound) ? below : undefined;
  const claim =
    held ?? (backfill && claimBelow(claimIn(backfill, identity), record.offset)) ?? undefined;
  if (claim !== undefined) {
    return isSame(claim.content_hash, content)
      ? duplicate(record, reported, cut, claim)
      : conflict(record, place, reported, claim);
  }
  const fact: UsageAccepted = {
    kind: "UsageAccepted",
    raw_offset: record.offset,
    cut,
    tenant: reported.tenant,
    source: reported.source,
    id: reported.id,
    type: reported.type,
    customer: reported.customer,
    subscription: reported.subscription,
    time,
    properties: reported.properties,
    content_hash: content,
    received_at,
    door: reported.door,
    api_key: reported.api_key,
    target: reported.target,
    personal: reported.personal,
    corrected: null,
    backfill: reported.backfill,
  };
  const claimUntil = (held_until: number): Claim => ({
    raw_offset: record.offset,
    content_hash: content,
    held_until,
    before: null,
  });
  if (!isCorrection) {
    const own = claimUntil(heldUntil(fact.time, inForce));
    return { kind: "accepted", fact, identity, claim: withClaim(last, own), inForce: null };
  }
  const target = targetOf(reported, record.offset, inForce.lower_bound, claimOf);
  if (target === undefined) {
    const detail = `no event ${reported.target} was accepted here, or longer ago than the window of the deployment`;
    const fault = { reason: "target_unknown", field: "target", detail };
    return rejected(record, place, { ...fault, event: reported });
  }
  const read = readCorrection(reported, target, recordAt, inForce);
  if (!read.ok) return rejected(record, place, { ...read, field: "target", event: reported });
  const own = claimUntil(correctionHeldUntil(target, read.content.time, inForce));
  const counted = inForceKey(key);
  return {
    kind: "accepted",
    fact: { ...fact, ...read.content, corrected: read.corrected },
    identity,
    claim: withClaim(last, own),
    inForce: { key: counted, claim: withClaim(claimOf(counted), own) },
  };
}

interface Fault {
  readonly reason: string;
  readonly field: string | null;
  readonly detail: string;
}

function faultOf(record: RawRecord, event: UsageReported, place: Place): Fault | undefined {
  if (place.window === undefined) {
    return {
      reason: "before_deployment",
      field: null,
      detail: "stands before the deployment's first barrier: send it again",
    };
  }
  const lost = lostInReading(event, record.bytes);
  if (lost !== null) return { reason: "undecodable", field: null, detail: lost };
  const fault = checkReported(event);
  if (fault !== undefined) return fault;
  if (Object.keys(event.personal).length > 0) {
    return {
      reason: "personal_not_supported",
      field: "personal",
      detail: "personal attributes are not taken yet",
    };
  }
  const key = recordKey(event);
  if (record.key === null || !isSame(record.key, key)) {
    return {
      reason: "wrong_key",
      field: "key",
      detail:
        "the record's key must be tenant, source and id, of a correction its target's, joined by U+001F",
    };
  }
  const partition = partitionOf(key, place.partitions);
  if (partition !== place.partition) {
    return {
      reason: "wrong_partition",
      field: "partition",
      detail: `murmur2 of the key gives partition ${partition}`,
    };
  }
  return undefined;
}

function lateness(
  arrival: Arrival,
  window: Window,
  { target, backfill }: { readonly target: string | null; readonly backfill: Backfill | null },
): Fault | undefined {
  const verdict = judgeArrival(
    arrival,
    backfill === null ? window : { ...window, lower_bound: null },
  );
  switch (verdict) {
    case "ok":
      return undefined;
    case "too_old":
      return {
        reason: "too_old",
        field: "time",
        detail: `older than the window of the deployment: ${doorOfTheOld(target)}`,
      };
    case "too_far_ahead":
      return {
        reason: "too_far_ahead",
        field: "time",
        detail: `more than ${window.ahead_seconds} s ahead`,
      };
  }
}

function duplicate(record: RawRecord, event: UsageReported, cut: number, claim: Claim): Decision {
  const { tenant, source, id, target } = event;
  const fact: UsageDuplicated = {
    kind: "UsageDuplicated",
    raw_offset: record.offset,
    cut,
    original_offset: claim.raw_offset,
    tenant,
    source,
    id,
    target,
  };
  return { kind: "duplicate", fact };
}

function conflict(record: RawRecord, place: Place, event: UsageReported, claim: Claim): Decision {
  const detail = `the id is taken by other content at offset ${claim.raw_offset}`;
  const decision = rejected(record, place, { reason: "conflict", field: "id", detail, event });
  return {
    ...decision,
    fact: { ...decision.fact, verdict: "conflict", original_offset: claim.raw_offset },
  };
}

function rejected(
  record: RawRecord,
  place: Place,
  why: Fault & {
    readonly event?: UsageReported;
    readonly tenant?: string;
    readonly bytes?: Uint8Array;
  },
): { kind: "rejected"; fact: UsageRejected } {
  const fact: UsageRejected = {
    kind: "UsageRejected",
    raw_offset: record.offset,
    cut: place.window?.cut ?? 0,
    verdict: "refused",
    reason: shortened(why.reason),
    field: why.field === null ? null : shortened(why.field),
    detail: shortened(why.detail),
    original_offset: null,
    tenant: tenantNamed(why.event?.tenant ?? why.tenant ?? ""),
    source: why.event === undefined ? null : shortened(why.event.source),
    id: why.event === undefined ? null : shortened(why.event.id),
    type: why.event === undefined ? null : shortened(why.event.type),
    customer: why.event === undefined ? null : shortened(why.event.customer),
    bytes: (why.bytes ?? record.bytes).subarray(0, rejectedBytesMax),
    target: shortenedOrNull(why.event?.target ?? null),
  };
  return { kind: "rejected", fact };
}

function shortenedOrNull(text: string | null): string | null {
  return text === null ? null : shortened(text);
}

// A record as large as Kafka takes would not fit into the one that rejects it: `usage.raw` keeps the whole.
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= idBytesMax) return text;
  return `${text.slice(0, idBytesMax / 4).toWellFormed()}…`;
}

function nothingCollected({ backfill }: Backfill): undefined {
  throw new Error(
    `nobody has collected what was accepted in the range of the backfill ${backfill}`,
  );
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
