import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

export type Verdict = "refused" | "conflict";

export interface Spool {
  readonly ingest: string;
  /** Records that were acknowledged and are not known to be in Kafka; −1 where the ingest did not answer. */
  readonly pending: number;
}

export interface MeterControl {
  readonly meter: string;
  /** Measurements. */
  readonly count: number;
  /** Sum over the rows of its rollups, whatever they hold: usage of a sum, and of all others only a number to compare. */
  readonly quantity: DecimalText;
}

export interface TenantControl {
  readonly tenant: string;
  readonly accepted: number;
  readonly measured: number;
  readonly without_meter: number;
  readonly unmeasurable: number;
  readonly events_digest: Uint8Array;
  readonly measurements: number;
  readonly measurements_digest: Uint8Array;
  readonly rollups: number;
  readonly rollups_digest: Uint8Array;
  readonly quantities: readonly MeterControl[];
}

/** Ends a cut in this partition: records between barriers n-1 and n are of cut n. */
export interface BarrierPlaced {
  readonly kind: "BarrierPlaced";
  readonly cut: number;
  readonly partition: number;
  readonly time: Micros;
  /** Facts of `catalog` below it were known at this cut. */
  readonly catalog_offset: number;
  /** Ed25519 over the other fields. */
  readonly signature: Uint8Array;
}

/** An item that ingest could not take as a usage event, with its bytes, so that it can be seen and sent again. */
export interface UsageRefused {
  readonly kind: "UsageRefused";
  /** `unknown` where no key named one. */
  readonly tenant: string;
  readonly reason: string;
  readonly field: string | null;
  readonly detail: string;
  /** The item as it came. */
  readonly bytes: Uint8Array;
  readonly received_at: Micros;
  readonly door: string;
  readonly api_key: string | null;
}

/** A usage event as a producer reported it. Record key: tenant, source and id joined by U+001F; partition: murmur2 of the key. */
export interface UsageReported {
  readonly kind: "UsageReported";
  readonly tenant: string;
  /** Empty where the door has none. */
  readonly source: string;
  /** As the producer gave it; with tenant and source the identity. */
  readonly id: string;
  readonly type: string;
  readonly customer: string;
  readonly subscription: string | null;
  /** Null where the producer gave none: then received_at counts. */
  readonly time: Micros | null;
  /** Scalars as their JSON text, numbers in plain decimal notation; structures as canonical JSON. */
  readonly properties: Readonly<Record<string, string>>;
  /** Ingest's clock; null for a producer that writes to Kafka itself. */
  readonly received_at: Micros | null;
  /** The front door; null for a producer that writes to Kafka itself. */
  readonly door: string | null;
  /** Id of the API key, never the key. */
  readonly api_key: string | null;
  /** Id of the event of the same source that this one corrects: then the key is that event's. */
  readonly target: string | null;
  /** Personal attributes, encrypted per customer; always empty today. */
  readonly personal: Readonly<Record<string, Uint8Array>>;
  /** What becomes of the target; null where there is none. */
  readonly correction: Correction | null;
  /** The backfill that it comes by; null: by the usual way. */
  readonly backfill: string | null;
}

export interface Correction {
  /** The target is taken back; else it is replaced by what this event says. */
  readonly retracts: boolean;
  /** Why, in somebody's words. */
  readonly reason: string;
}

/** What a correction corrects. */
export interface Corrected extends Correction {
  /** The target's source, in the same partition. */
  readonly target_offset: number;
  /** What counted until then: it no longer does from the correction's cut on. */
  readonly replaced: ReplacedEvent;
}

/** An event as it counted before a correction. */
export interface ReplacedEvent {
  /** Its source: the target's, or that of the last correction of it. */
  readonly raw_offset: number;
  readonly type: string;
  readonly customer: string;
  readonly subscription: string | null;
  readonly time: Micros;
  readonly properties: Readonly<Record<string, string>>;
}

/** Every event of the cut in this partition stands before this record. */
export interface BarrierPassed {
  readonly kind: "BarrierPassed";
  readonly raw_offset: number;
  readonly cut: number;
  readonly time: Micros;
  readonly catalog_offset: number;
}

/** Every record of this partition of `usage.raw` up to and with raw_offset is decided, and its outcome written. */
export interface DeduperProgressed {
  readonly kind: "DeduperProgressed";
  readonly raw_offset: number;
  /** The open cut. */
  readonly cut: number;
  /** The insert of what stands before it ends here. Whoever writes it chooses; being on the log, the choice is everybody's. */
  readonly ends_insert: boolean;
}

/** A usage event that counts. Its source is (this partition, raw_offset). */
export interface UsageAccepted {
  readonly kind: "UsageAccepted";
  readonly raw_offset: number;
  readonly cut: number;
  readonly tenant: string;
  /** Empty where the door has none. */
  readonly source: string;
  /** As the producer gave it; with tenant and source the identity. */
  readonly id: string;
  readonly type: string;
  readonly customer: string;
  readonly subscription: string | null;
  /** The producer's, else received_at. */
  readonly time: Micros;
  /** Scalars as their JSON text, numbers in plain decimal notation; structures as canonical JSON. */
  readonly properties: Readonly<Record<string, string>>;
  /** SHA-256 of the canonical event. */
  readonly content_hash: Uint8Array;
  readonly received_at: Micros;
  readonly door: string | null;
  readonly api_key: string | null;
  readonly target: string | null;
  readonly personal: Readonly<Record<string, Uint8Array>>;
  /** Of a correction: what it corrects. */
  readonly corrected: Corrected | null;
  /** The backfill that it comes by; null: by the usual way. */
  readonly backfill: string | null;
}

/** A repeat of an accepted event, which stands at original_offset of the same partition of `usage.raw`. */
export interface UsageDuplicated {
  readonly kind: "UsageDuplicated";
  readonly raw_offset: number;
  readonly cut: number;
  readonly original_offset: number;
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  /** Id of the event that the record corrects. */
  readonly target: string | null;
}

/** A record of `usage.raw` that does not count, and why. Its source is (this partition, raw_offset). */
export interface UsageRejected {
  readonly kind: "UsageRejected";
  readonly raw_offset: number;
  readonly cut: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly field: string | null;
  readonly detail: string;
  /** Of a conflict: the source of the event that holds the identity. */
  readonly original_offset: number | null;
  /** `unknown` where the record names none. */
  readonly tenant: string;
  readonly source: string | null;
  readonly id: string | null;
  readonly type: string | null;
  readonly customer: string | null;
  /** The record as it came, where it is no usage event. */
  readonly bytes: Uint8Array | null;
  /** Id of the event that the record corrects. */
  readonly target: string | null;
}

/** Every part of the cut is compared: its usage is known and will not change. */
export interface CutClosed {
  readonly kind: "CutClosed";
  readonly cut: number;
  readonly time: Micros;
  readonly catalog_offset: number;
  /** SHA-256 over the previous root and the parts' digests. */
  readonly root: Uint8Array;
}

/** The closer began to place the barriers of a cut. */
export interface CutOpened {
  readonly kind: "CutOpened";
  readonly cut: number;
  /** At or after the previous cut's. */
  readonly time: Micros;
  readonly catalog_offset: number;
  readonly spools: readonly Spool[];
  /** False where a spool was not known to be empty. */
  readonly complete: boolean;
}

/** Every partition of `usage.raw` holds the cut's barrier. */
export interface CutPlaced {
  readonly kind: "CutPlaced";
  readonly cut: number;
}

/** Record 0 of `cuts`: what can never change in this generation of topics. */
export interface DeploymentMade {
  readonly kind: "DeploymentMade";
  readonly generation: number;
  /** Of every usage.* topic. */
  readonly partitions: number;
  /** Ed25519, SPKI DER: signs barriers and heads. */
  readonly public_key: Uint8Array;
  readonly made_at: Micros;
}

/** Everything of a cut in one partition is in ClickHouse and equals the log. */
export interface PartCompared {
  readonly kind: "PartCompared";
  readonly cut: number;
  readonly partition: number;
  /** Of `usage.accepted`, exclusive: where the next part begins. */
  readonly end_offset: number;
  /** Offset of the cut's barrier in `usage.raw`. */
  readonly raw_end_offset: number;
  /** The part's last repair; 0: there was none. */
  readonly repair: number;
  readonly tenants: readonly TenantControl[];
  /** SHA-256 over the part's control totals and digests. */
  readonly digest: Uint8Array;
  /** Null until the trees are built. */
  readonly merkle_root: Uint8Array | null;
}

/** A part in ClickHouse was found to differ from the log: its rows are removed and made again from the log. */
export interface PartRepairBegun {
  readonly kind: "PartRepairBegun";
  readonly cut: number;
  /** Beyond the deployment's partitions where rows of a partition stand in ClickHouse that the log does not have. */
  readonly partition: number;
  /** One more than the part's repair before; in the token of every insert that follows. */
  readonly repair: number;
  /** What was found, for people: the first of it. */
  readonly differences: readonly string[];
}

/** A part of a closed cut equals the log again, and what was compared when it closed. */
export interface PartRepaired {
  readonly kind: "PartRepaired";
  readonly cut: number;
  readonly partition: number;
  /** Of the PartRepairBegun that this ends. */
  readonly repair: number;
}

/** The filling of a meter's history begins: rows of it may stand in ClickHouse from here on. Of a repeat the first counts. */
export interface FillBegun {
  readonly kind: "FillBegun";
  readonly tenant: string;
  readonly meter: string;
  /** Of the meter: what the events are measured by. */
  readonly version: number;
  /** The last cut that is filled: from the next on the meter was known. */
  readonly last_cut: number;
}

/** What the filling of a meter's history has added to a compared part, equal in ClickHouse and in the log. */
export interface PartFilled {
  readonly kind: "PartFilled";
  readonly cut: number;
  readonly partition: number;
  readonly tenant: string;
  readonly meter: string;
  readonly version: number;
  /** Events that the meter measured. */
  readonly measured: number;
  /** Of these, events that no meter had measured when their cut was compared. */
  readonly were_without_meter: number;
  /** Events that are the meter's and that it could not measure. */
  readonly unmeasurable: number;
  readonly measurements_digest: Uint8Array;
  readonly rollups: number;
  readonly rollups_digest: Uint8Array;
  /** Sum over the rows of its rollups, as in `MeterControl`. */
  readonly quantity: DecimalText;
}

/** All parts of a partition up to the last cut are filled. Once all partitions are, the next cut that opens makes the history known. */
export interface FillEnded {
  readonly kind: "FillEnded";
  readonly partition: number;
  readonly tenant: string;
  readonly meter: string;
  readonly version: number;
}

/** What the topic `usage.raw` carries. */
export type RawFact = BarrierPlaced | UsageRefused | UsageReported;

/** What the topic `usage.accepted` carries. */
export type AcceptedFact = BarrierPassed | DeduperProgressed | UsageAccepted;

/** What the topic `usage.rejected` carries. */
export type RejectedFact = UsageDuplicated | UsageRejected;

/** What the topic `cuts` carries. */
export type CutFact =
  | CutClosed
  | CutOpened
  | CutPlaced
  | DeploymentMade
  | FillBegun
  | FillEnded
  | PartCompared
  | PartFilled
  | PartRepairBegun
  | PartRepaired;
