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
import { identityKey, partitionOf } from "./identity.ts";
import { lostInReading } from "./lossless.ts";
import { judgeTime } from "./window.ts";
import type { Window } from "./window.ts";

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
      /** The record's key. */
      readonly identity: Uint8Array;
      /** The identity's claims from now on, the last one first. */
      readonly claim: Claim;
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
 * reading or does not exist yet; one that has expired decides nothing, whether or not a store has erased it.
 */
export function decide(
  record: RawRecord,
  place: Place,
  claimOf: (identity: Uint8Array) => Claim | undefined,
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
  const receivedAt =
    reported.received_at ?? (inForce.simulated ? inForce.time : record.appended_at);
  const late = lateness(reported, receivedAt, inForce);
  if (late !== undefined) return rejected(record, place, { ...late, event: reported });

  // faultOf refuses a record whose key is not its identity.
  const identity = record.key as Uint8Array;
  const content = contentHash(reported);
  const last = claimOf(identity);
  const claim = claimBelow(last, record.offset);
  if (claim !== undefined && isHeld(claim, inForce.lower_bound)) {
    return isSame(claim.content_hash, content)
      ? duplicate(record, reported, cut, claim)
      : conflict(record, place, reported, claim);
  }
  const time = reported.time ?? receivedAt;
  const fact: UsageAccepted = {
    ...reported,
    kind: "UsageAccepted",
    raw_offset: record.offset,
    cut,
    time,
    content_hash: content,
    received_at: receivedAt,
  };
  const own: Claim = {
    raw_offset: record.offset,
    content_hash: content,
    held_until: heldUntil(time, inForce),
    before: null,
  };
  return { kind: "accepted", fact, identity, claim: withClaim(last, own) };
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
  if (event.target !== null) {
    return {
      reason: "correction_not_supported",
      field: "target",
      detail: "corrections are not taken yet",
    };
  }
  const key = identityKey(event.tenant, event.source, event.id);
  if (record.key === null || !isSame(record.key, key)) {
    return {
      reason: "wrong_key",
      field: "key",
      detail: "the record's key must be tenant, source and id joined by U+001F",
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

function lateness(event: UsageReported, receivedAt: number, window: Window): Fault | undefined {
  const verdict = judgeTime({
    time: event.time ?? receivedAt,
    lower_bound: window.lower_bound,
    barrier_time: window.time,
    received_at: receivedAt,
    ahead_seconds: window.ahead_seconds,
  });
  switch (verdict) {
    case "ok":
      return undefined;
    case "too_old":
      return {
        reason: "too_old",
        field: "time",
        detail: "older than the window of the deployment",
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
  const { tenant, source, id } = event;
  const fact: UsageDuplicated = {
    kind: "UsageDuplicated",
    raw_offset: record.offset,
    cut,
    original_offset: claim.raw_offset,
    tenant,
    source,
    id,
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
  };
  return { kind: "rejected", fact };
}

// A record as large as Kafka takes would not fit into the one that rejects it: `usage.raw` keeps the whole.
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= idBytesMax) return text;
  return `${text.slice(0, idBytesMax / 4).toWellFormed()}…`;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
