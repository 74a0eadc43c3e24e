import { createHash } from "node:crypto";

import { add, decimal, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import {
  createDigest,
  eventRowText,
  groupText,
  measurementRowText,
  rollupRowText,
} from "./digest.ts";
import type { Digest } from "./digest.ts";
import type { TenantControl, UsageAccepted } from "./facts.ts";
import type { Measured, Measurement } from "./measure.ts";
import { createMerge } from "./merge.ts";
import type { Merge } from "./merge.ts";

/** Control totals and digests of a part, folded from the log event by event. */
export interface PartControl {
  readonly add: (event: UsageAccepted, measured: Measured) => void;
  /** Per tenant, in order of its name. */
  readonly totals: () => TenantControl[];
}

/** A row of the rollups while it grows. */
interface OpenRollup {
  readonly group: string;
  readonly meter: string;
  readonly quantity: Merge;
  count: number;
  takenBack: number;
}

interface TenantFold {
  readonly counts: { measured: number; without_meter: number; unmeasurable: number };
  readonly events: Digest;
  readonly measurements: Digest;
  measurementCount: number;
  /** By the text of what they are grouped by. */
  readonly rollups: Map<string, OpenRollup>;
}

export function createPartControl(): PartControl {
  const tenants = new Map<string, TenantFold>();
  return {
    add(event, measured) {
      const fold = tenants.get(event.tenant) ?? newFold();
      tenants.set(event.tenant, fold);
      fold.counts[measured.outcome] += 1;
      fold.events.add(eventRowText(event, measured.outcome));
      for (const measurement of measured.measurements) {
        fold.measurementCount += 1;
        const group = groupText(measurement);
        fold.measurements.add(measurementRowText(event.raw_offset, group, measurement));
        addToRollup(fold.rollups, group, measurement, event.raw_offset);
      }
    },
    totals() {
      return [...tenants.keys()]
        .toSorted()
        .map((tenant) => totalsOf(tenant, tenants.get(tenant) as TenantFold));
    },
  };
}

/** The flat digest of a part: SHA-256 over its totals in canonical JSON. */
export function partDigest(
  cut: number,
  partition: number,
  tenants: readonly TenantControl[],
): Buffer {
  const rows = tenants.map((row) => [
    row.tenant,
    [row.accepted, row.measured, row.without_meter, row.unmeasurable, hex(row.events_digest)],
    [row.measurements, hex(row.measurements_digest), row.rollups, hex(row.rollups_digest)],
    row.quantities.map(({ meter, count, quantity }) => [meter, count, quantity]),
  ]);
  return createHash("sha256")
    .update(JSON.stringify(["tallybook part", cut, partition, rows]))
    .digest();
}

/** The root of a cut: SHA-256 over the root before it and the digests of what it holds, in their order. */
export function cutRoot(before: Uint8Array, digests: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256").update(before);
  for (const digest of digests) hash.update(digest);
  return hash.digest();
}

/** What a cut's root is chained to when there is none before it. */
export const noRoot: Uint8Array = Buffer.alloc(32);

function newFold(): TenantFold {
  return {
    counts: { measured: 0, without_meter: 0, unmeasurable: 0 },
    events: createDigest(),
    measurements: createDigest(),
    measurementCount: 0,
    rollups: new Map(),
  };
}

function addToRollup(
  rollups: Map<string, OpenRollup>,
  group: string,
  { meter, quantity, merging, latest_time: time, takes_back }: Measurement,
  raw_offset: number,
): void {
  // What does not add up is not put together with what takes it back.
  const isApart = takes_back !== null && merging !== "sum";
  const key = isApart ? `${group} taken back` : group;
  let row = rollups.get(key);
  if (row === undefined) {
    row = { group, meter, quantity: createMerge(merging), count: 0, takenBack: 0 };
    rollups.set(key, row);
  }
  // A part is of one partition.
  row.quantity.add(quantity, merging === "latest" ? { time, partition: 0, raw_offset } : null);
  row.count += 1;
  if (takes_back !== null) row.takenBack += 1;
}

function totalsOf(tenant: string, fold: TenantFold): TenantControl {
  const rollupsDigest = createDigest();
  const byMeter = new Map<string, { count: number; quantity: Decimal }>();
  for (const { group, meter, quantity, count, takenBack } of fold.rollups.values()) {
    const whole = quantity.value();
    const row = { quantity: toText(whole), count, latest: quantity.latest() };
    rollupsDigest.add(rollupRowText(group, row, takenBack));
    const total = byMeter.get(meter) ?? { count: 0, quantity: decimal("0") };
    byMeter.set(meter, { count: total.count + count, quantity: add(total.quantity, whole) });
  }
  const { measured, without_meter, unmeasurable } = fold.counts;
  return {
    tenant,
    accepted: measured + without_meter + unmeasurable,
    measured,
    without_meter,
    unmeasurable,
    events_digest: fold.events.value(),
    measurements: fold.measurementCount,
    measurements_digest: fold.measurements.value(),
    rollups: fold.rollups.size,
    rollups_digest: rollupsDigest.value(),
    quantities: [...byMeter.keys()].toSorted().map((meter) => {
      const { count, quantity } = byMeter.get(meter) as { count: number; quantity: Decimal };
      return { meter, count, quantity: toText(quantity) };
    }),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
