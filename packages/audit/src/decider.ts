import type { LogRecord } from "@tallybook/log";
import { decide } from "@tallybook/usage";
import type {
  BarrierPlaced,
  Claim,
  EarlierRecord,
  RawFact,
  UsageAccepted,
  UsageReported,
  Window,
} from "@tallybook/usage";
import { decode, topics, Undecodable } from "@tallybook/wire";

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
}

export type Unreadable = { readonly kind: "Unreadable"; readonly detail: string };

/** What a record of `usage.raw` holds. */
export function readRaw({ value }: LogRecord): RawFact | Unreadable {
  try {
    const fact = decode(value);
    if (
      fact.kind === "UsageReported" ||
      fact.kind === "UsageRefused" ||
      fact.kind === "BarrierPlaced"
    )
      return fact;
    return { kind: "Unreadable", detail: `a ${fact.kind} does not belong on ${topics.usageRaw}` };
  } catch (error) {
    if (error instanceof Undecodable) return { kind: "Unreadable", detail: error.message };
    throw error;
  }
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
  const data = fact.kind === "Unreadable" || fact.kind === "BarrierPlaced" ? null : fact;
  const decision = decide(
    {
      offset: record.offset,
      appended_at: record.timestamp * 1_000,
      key: record.key,
      fact: data,
      detail: detailOf(fact),
      bytes: record.value,
    },
    { partition, partitions, window },
    claims.of,
    (offset) => earlier.get(offset),
  );
  const place = { partition, offset: record.offset, tenant: decision.fact.tenant };
  switch (decision.kind) {
    case "accepted": {
      claims.put(decision.identity, decision.claim);
      if (decision.inForce !== null) claims.put(decision.inForce.key, decision.inForce.claim);
      const { fact: event } = decision;
      return { ...place, kind: "accepted", reason: "", detail: "", original: null, event };
    }
    case "duplicate": {
      const original = decision.fact.original_offset;
      const detail = `the same as offset ${original}`;
      const event = asIfAccepted(record, data, window);
      return { ...place, kind: "duplicate", reason: "duplicate", detail, original, event };
    }
    case "rejected": {
      const { verdict: kind, reason, field, detail, original_offset: original } = decision.fact;
      const said = field === null ? detail : `${field}: ${detail}`;
      const event = asIfAccepted(record, data, window);
      return { ...place, kind, reason, detail: said, original, event };
    }
  }
}

function detailOf(fact: RawFact | Unreadable): string {
  if (fact.kind === "Unreadable") return fact.detail;
  return fact.kind === "BarrierPlaced" ? barrierDetail(fact) : "";
}

function barrierDetail(_: BarrierPlaced): string {
  return "a barrier that the closer did not sign for this partition";
}

/** What a record would have been: only to say of whom and of what it is. */
function asIfAccepted(
  record: LogRecord,
  data: Exclude<RawFact, BarrierPlaced> | null,
  window: Window | undefined,
): UsageAccepted | null {
  if (data?.kind !== "UsageReported") return null;
  const reported: UsageReported = data;
  const received_at = reported.received_at ?? record.timestamp * 1_000;
  return {
    ...reported,
    kind: "UsageAccepted",
    raw_offset: record.offset,
    cut: window?.cut ?? 0,
    time: reported.time ?? received_at,
    received_at,
    content_hash: new Uint8Array(),
    corrected: null,
  };
}

const noneEarlier: ReadonlyMap<number, EarlierRecord> = new Map();
