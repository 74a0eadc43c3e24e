import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import type { FieldFault } from "./check.ts";
import type { Claim } from "./claim.ts";
import type { UsageAccepted, UsageReported } from "./facts.ts";

/** What a backfill takes: usage of a time that may have passed the window of event times, by a mark on each event. */
export interface Backfill {
  readonly tenant: string;
  /** Its id, within the tenant. */
  readonly backfill: string;
  /** Whose events it takes; empty: those of every source. */
  readonly sources: readonly string[];
  /** It takes events of a time from here … */
  readonly from: Micros;
  /** … to here, exclusive. */
  readonly to: Micros;
  /** The first barrier at or after it closes the backfill. */
  readonly closes_at: Micros;
  /** Its place on `catalog`: its name among those of all tenants. */
  readonly catalog_offset: number;
}

/** Whether an accepted event, or one that came by the backfill, is of its range. Corrections are of none. */
export function isInRange(
  { tenant, sources, from, to }: Backfill,
  event: Pick<UsageAccepted, "tenant" | "source" | "time" | "target">,
): boolean {
  return (
    event.target === null &&
    event.tenant === tenant &&
    (sources.length === 0 || sources.includes(event.source)) &&
    event.time >= from &&
    event.time < to
  );
}

/** What an accepted event holds in the range of a backfill: for as long as that is open, whatever has expired. */
export function rangedClaim({ raw_offset, content_hash }: UsageAccepted): Claim {
  return { raw_offset, content_hash, held_until: 0, before: null };
}

/** What to do about usage that the window of event times has passed; `target`: what it corrects. */
export function doorOfTheOld(target: string | null): string {
  return target === null
    ? "send it by a backfill"
    : "a backfill takes no corrections, so order an adjustment";
}

const placeBytes = 8;

/** Under what an identity stands in the range of a backfill. Those of one backfill stand together, from `rangeKey` of no identity on. */
export function rangeKey(catalogOffset: number, identity: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(placeBytes + identity.length);
  key.writeBigUInt64BE(BigInt(catalogOffset), 0);
  key.set(identity, placeBytes);
  return key;
}

/** The open backfill that an event names; null where it names none, a fault where that does not take it. `time`: as it counts. */
export function backfillFor(
  event: UsageReported,
  time: Micros,
  open: readonly Backfill[],
): { readonly backfill: Backfill | null } | { readonly fault: FieldFault } {
  const { backfill: name, tenant } = event;
  if (name === null) return { backfill: null };
  const backfill = open.find((each) => each.tenant === tenant && each.backfill === name);
  if (backfill === undefined) {
    const detail =
      "is no open backfill of the tenant: it is not known at the last barrier yet, or has closed";
    return { fault: { reason: "backfill_not_open", field: "backfill", detail } };
  }
  if (event.target !== null) {
    const detail = "a backfill takes no corrections: order an adjustment";
    return { fault: { reason: "not_in_backfill", field: "target", detail } };
  }
  if (isInRange(backfill, { ...event, time })) return { backfill };
  const isOfSource = backfill.sources.length === 0 || backfill.sources.includes(event.source);
  const range = `from ${formatTime(backfill.from)} to before ${formatTime(backfill.to)}`;
  const fault = isOfSource
    ? { field: "time", detail: `${formatTime(time)}: the backfill ${name} takes events ${range}` }
    : { field: "source", detail: `is none of the sources of the backfill ${name}` };
  return { fault: { reason: "not_in_backfill", ...fault } };
}
