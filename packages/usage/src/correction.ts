import type { Micros } from "@tallybook/periods";

import { claimBelow, heldUntil, isHeld } from "./claim.ts";
import type { Claim } from "./claim.ts";
import type { Corrected, ReplacedEvent, UsageReported } from "./facts.ts";
import { identityKey, inForceKey } from "./identity.ts";
import type { Window } from "./window.ts";

/** A record of the same partition of `usage.raw`, as a correction refers to it. */
export interface EarlierRecord {
  readonly offset: number;
  /** When Kafka appended it, in microseconds. */
  readonly appended_at: Micros;
  readonly event: UsageReported;
}

/** Where a correction's target stands, and which record says what counts of it. */
export interface Target {
  readonly original: number;
  /** The same, or that of the last correction of it. */
  readonly inForce: number;
  /** Until when the target can be corrected, and so by what a correction is held. */
  readonly held_until: Micros;
}

type ClaimOf = (identity: Uint8Array) => Claim | undefined;

/** The target of a correction as the claims below its record know it; undefined where none holds the identity it names. */
export function targetOf(
  { tenant, source, target }: Pick<UsageReported, "tenant" | "source" | "target">,
  offset: number,
  lowerBound: Micros | null,
  claimOf: ClaimOf,
): Target | undefined {
  if (target === null) return undefined;
  const identity = identityKey(tenant, source, target);
  const claim = claimBelow(claimOf(identity), offset);
  if (claim === undefined || !isHeld(claim, lowerBound)) return undefined;
  const corrected = claimBelow(claimOf(inForceKey(identity)), offset)?.raw_offset ?? -1;
  // An identity that was held before and has expired may have had corrections of its own.
  const inForce = Math.max(corrected, claim.raw_offset);
  return { original: claim.raw_offset, inForce, held_until: claim.held_until };
}

/** By what a correction is held: as long as its target, which could be corrected so often otherwise. */
export function correctionHeldUntil(target: Target, time: Micros, window: Window): Micros {
  return Math.max(target.held_until, heldUntil(time, window));
}

export type CorrectionRead =
  | {
      readonly ok: true;
      readonly corrected: Corrected;
      /** What counts from now on; of a retraction what counted, without its properties. */
      readonly content: Omit<ReplacedEvent, "raw_offset">;
    }
  | { readonly ok: false; readonly reason: string; readonly detail: string };

/** What a correction comes to, from the records that its target refers to. */
export function readCorrection(
  reported: UsageReported,
  target: Target,
  recordAt: (offset: number) => EarlierRecord | undefined,
  { lower_bound, simulated }: Pick<Window, "lower_bound" | "simulated">,
): CorrectionRead {
  const [original, last] = [recordAt(target.original), recordAt(target.inForce)];
  if (original === undefined || last === undefined)
    throw new Error(
      `offset ${target.original} or ${target.inForce} of usage.raw is no usage event`,
    );
  if (last.event.correction?.retracts === true) {
    const detail = `${reported.target} was taken back at offset ${last.offset}`;
    return { ok: false, reason: "target_retracted", detail };
  }
  const first = contentOf(original, simulated);
  if (first === undefined) {
    const detail = `${reported.target} has no time of its own, and nobody noted when it came`;
    return { ok: false, reason: "target_without_time", detail };
  }
  const counted = last === original ? first : contentWith(first, last.event);
  if (lower_bound !== null && counted.time < lower_bound) {
    const detail = `${reported.target} is older than the window of the deployment`;
    return { ok: false, reason: "target_too_old", detail };
  }
  const { retracts = false, reason = "" } = reported.correction ?? {};
  return {
    ok: true,
    corrected: {
      retracts,
      reason,
      target_offset: target.original,
      replaced: { raw_offset: target.inForce, ...counted },
    },
    content: retracts ? { ...counted, properties: {} } : contentWith(first, reported),
  };
}

type Content = Omit<ReplacedEvent, "raw_offset">;

function contentOf({ event, appended_at }: EarlierRecord, simulated: boolean): Content | undefined {
  const { type, customer, subscription, properties } = event;
  // Kafka's clock is nobody's where time is simulated.
  const time = event.time ?? event.received_at ?? (simulated ? undefined : appended_at);
  return time === undefined ? undefined : { type, customer, subscription, time, properties };
}

/** What a correction does not say, but for the properties, is as its target first said it. */
function contentWith(first: Content, event: UsageReported): Content {
  return {
    type: event.type === "" ? first.type : event.type,
    customer: event.customer === "" ? first.customer : event.customer,
    subscription: event.subscription ?? first.subscription,
    time: event.time ?? first.time,
    properties: event.properties,
  };
}
