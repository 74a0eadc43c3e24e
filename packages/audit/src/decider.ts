import type { LogRecord } from "@tallybook/log";
import { decide } from "@tallybook/usage";
import type {
  Backfill,
  Claim,
  EarlierRecord,
  RawFact,
  RawRecord,
  UsageAccepted,
  Window,
} from "@tallybook/usage";
import { undecided } from "@tallybook/wire";
import type { Unreadable } from "@tallybook/wire";

/** What becomes of a record of `usage.raw`, decided again. */
export type DecisionKind = "accepted" | "duplicate" | "conflict" | "refused";

/** A record of `usage.raw` that is no barrier. */
export interface DecidedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly kind: DecisionKind;
  /** Why it does not count; empty where it does. */
  readonly reason: string;
  readonly detail: string;
  /** Of a repeat and a conflict: where the event stands that holds the identity. */
  readonly original: number | null;
  /** As it counts, or as it would count; null where it is no usage event. */
  readonly event: UsageAccepted | null;
  /** `unknown` where it names none. */
  readonly tenant: string;
}

export interface DeciderPlace {
  readonly partition: number;
  readonly partitions: number;
}

export interface ClaimsOfIdentities {
  readonly of: (identity: Uint8Array) => Claim | undefined;
  readonly put: (identity: Uint8Array, claim: Claim) => void;
  /** The last claim on an identity among the events accepted in the range of a backfill. */
  readonly in: (backfill: Backfill, identity: Uint8Array) => Claim | undefined;
  /** An event was accepted: it stands in the ranges of all backfills that hold its time. */
  readonly take: (event: UsageAccepted) => void;
}

/**
 * Decides a record as the deduper does, by the very same function; `fact`: what it holds, where it is no barrier of ours; `earlier`:
 * the records that a correction refers to.
 */
export function decideAgain(
  record: LogRecord,
  fact: RawFact | Unreadable,
  { partition, partitions }: DeciderPlace,
  window: Window | undefined,
  claims: ClaimsOfIdentities,
  earlier: ReadonlyMap<number, EarlierRecord> = noneEarlier,
): DecidedRecord {
  const raw = undecided(record, fact);
  const decision = decide(
    raw,
    { partition, partitions, window },
    claims.of,
    (offset) => earlier.get(offset),
    claims.in,
  );
  const place = { partition, offset: record.offset, tenant: decision.fact.tenant };
  switch (decision.kind) {
    case "accepted": {
      claims.put(decision.identity, decision.claim);
      if (decision.inForce !== null) claims.put(decision.inForce.key, decision.inForce.claim);
      const { fact: event } = decision;
      claims.take(event);
      return { ...place, kind: "accepted", reason: "", detail: "", original: null, event };
    }
    case "duplicate": {
      const original = decision.fact.original_offset;
      const detail = `the same as offset ${original}`;
      const event = asIfAccepted(raw, window);
      return { ...place, kind: "duplicate", reason: "duplicate", detail, original, event };
    }
    case "rejected": {
      const { verdict: kind, reason, field, detail, original_offset: original } = decision.fact;
      const said = field === null ? detail : `${field}: ${detail}`;
      const event = asIfAccepted(raw, window);
      return { ...place, kind, reason, detail: said, original, event };
    }
  }
}

/** What a record would have been: only to say of whom and of what it is. */
function asIfAccepted(
  { offset, appended_at, fact }: RawRecord,
  window: Window | undefined,
): UsageAccepted | null {
  if (fact?.kind !== "UsageReported") return null;
  const received_at = fact.received_at ?? appended_at;
  return {
    ...fact,
    kind: "UsageAccepted",
    raw_offset: offset,
    cut: window?.cut ?? 0,
    time: fact.time ?? received_at,
    received_at,
    content_hash: new Uint8Array(),
    corrected: null,
  };
}

const noneEarlier: ReadonlyMap<number, EarlierRecord> = new Map();

/** Whether a record counts and corrects another. */
export function isCorrection({ kind, event }: DecidedRecord): boolean {
  return kind === "accepted" && event !== null && event.corrected !== null;
}
