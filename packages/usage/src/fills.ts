import { createHash } from "node:crypto";

import { add, decimal, toText } from "@tallybook/money";

import { createPartControl } from "./control.ts";
import { sumOfDigests } from "./digest.ts";
import type {
  CutOpened,
  FillBegun,
  MeterControl,
  PartCompared,
  PartFilled,
  TenantControl,
  UsageAccepted,
} from "./facts.ts";
import { measure } from "./measure.ts";
import type { Measured, Outcome } from "./measure.ts";
import type { Meter } from "./meter.ts";

/**
 * The filling of a meter's history, as `cuts` tells it: the events of the cuts before the meter was known are measured by
 * it too, and keep the numbers of their cuts. In those cuts the meter has no other rows, so a row there is the fill's.
 */
export interface Fill {
  readonly tenant: string;
  readonly meter: string;
  /** Of the meter: what the events are measured by. */
  readonly version: number;
  readonly last_cut: number;
  /** By partition and then cut: what was added. A part to which nothing was added has none. */
  readonly parts: ReadonlyMap<number, ReadonlyMap<number, PartFilled>>;
  /** Partitions whose parts are all filled. */
  readonly ended: ReadonlySet<number>;
  /** The cut from which on what was filled is known: the first that was opened after all partitions had ended. */
  readonly cut: number | null;
}

/** By `fillName`, in the order in which they began. A meter's history is filled once. */
export type Fills = ReadonlyMap<string, Fill>;

export const noFills: Fills = new Map();

export function fillName({ tenant, meter }: Pick<Fill, "tenant" | "meter">): string {
  return `${tenant}\u001f${meter}`;
}

/** The fills whose rows are known at a cut. */
export function fillsKnownAt(fills: Fills, cut: number): Fill[] {
  return [...fills.values()].filter((fill) => isKnownAt(fill, cut));
}

/** The fills that are under way at a cut: their rows may be there, and are not counted. */
export function fillsHiddenAt(fills: Fills, cut: number): Fill[] {
  return [...fills.values()].filter((fill) => !isKnownAt(fill, cut));
}

function isKnownAt(fill: Fill, cut: number): boolean {
  return fill.cut !== null && fill.cut <= cut;
}

/**
 * What a part holds: what was compared when its cut closed, and what these fills have added to it since. Digests of rows are
 * sums, so those of both together follow from those of each.
 */
export function partWith(part: PartCompared, fills: Iterable<Fill>): PartCompared {
  let { tenants } = part;
  for (const fill of fills) {
    const added = fill.parts.get(part.partition)?.get(part.cut);
    if (added !== undefined) tenants = tenantsWith(tenants, added);
  }
  return tenants === part.tenants ? part : { ...part, tenants };
}

/** The totals of a part with what a fill adds to one of its tenants. */
export function tenantsWith(
  tenants: readonly TenantControl[],
  added: PartFilled,
): readonly TenantControl[] {
  return tenants.map((control) =>
    control.tenant === added.tenant
      ? {
          ...control,
          measurements: control.measurements + added.measured,
          measurements_digest: sumOfDigests(control.measurements_digest, added.measurements_digest),
          rollups: control.rollups + added.rollups,
          rollups_digest: sumOfDigests(control.rollups_digest, added.rollups_digest),
          quantities: quantitiesWith(control.quantities, added),
        }
      : control,
  );
}

function quantitiesWith(
  quantities: readonly MeterControl[],
  { meter, measured, quantity }: PartFilled,
): readonly MeterControl[] {
  if (measured === 0) return quantities;
  const before = quantities.find((each) => each.meter === meter);
  const whole = {
    meter,
    count: (before?.count ?? 0) + measured,
    quantity: toText(add(decimal(before?.quantity ?? "0"), decimal(quantity))),
  };
  return [...quantities.filter((each) => each !== before), whole].toSorted((a, b) =>
    a.meter < b.meter ? -1 : 1,
  );
}

/**
 * What the version of a meter that a fill measures by makes of an event. `isReplaced`: a correction has replaced it that took nothing
 * back (`replacedUnaware`): then it does not count any more, and only what it takes back itself does.
 */
export function measureFilled(meter: Meter, event: UsageAccepted, isReplaced = false): Measured {
  const measured = measure(event, new Map([[meter.meter, [meter]]]));
  if (!isReplaced) return measured;
  const measurements = measured.measurements.filter(({ takes_back }) => takes_back !== null);
  return {
    outcome: measurements.length > 0 ? "measured" : "without_meter",
    reason: "",
    measurements,
  };
}

/**
 * The last cut whose corrections could not know that a history is to be filled, by the place of the request on `catalog`: what the
 * fill's meter makes of the events that they replace they did not take back.
 */
export function lastUnaware(
  opened: readonly Pick<CutOpened, "catalog_offset">[],
  requestedAt: number,
): number {
  const first = opened.findIndex(({ catalog_offset }) => catalog_offset > requestedAt);
  return first === -1 ? opened.length : first;
}

/** The source of what a correction has replaced between the cuts that a fill fills and the first that knew of it; undefined of everything else. */
export function replacedUnaware(
  { cut, tenant, corrected }: UsageAccepted,
  fill: Pick<Fill, "tenant" | "last_cut">,
  unaware: number,
): number | undefined {
  const isBetween = tenant === fill.tenant && cut > fill.last_cut && cut <= unaware;
  return isBetween ? corrected?.replaced.raw_offset : undefined;
}

/** Whether a part was filled with the same, by its counts and digests. */
export function isSameFilled(one: PartFilled, other: PartFilled): boolean {
  return (
    one.measured === other.measured &&
    one.were_without_meter === other.were_without_meter &&
    one.unmeasurable === other.unmeasurable &&
    Buffer.compare(one.measurements_digest, other.measurements_digest) === 0 &&
    Buffer.compare(one.rollups_digest, other.rollups_digest) === 0
  );
}

/** The digest of a fill: SHA-256 over what it is, and what it added, as lines of canonical JSON in order of partition and cut. */
export function fillDigest({ tenant, meter, version, last_cut, parts }: Fill): Buffer {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(["tallybook fill", tenant, meter, version, last_cut]));
  for (const [partition, byCut] of [...parts].toSorted(([a], [b]) => a - b)) {
    for (const [cut, added] of [...byCut].toSorted(([a], [b]) => a - b)) {
      const { measured, were_without_meter, unmeasurable, rollups, quantity } = added;
      const digests = [added.measurements_digest, added.rollups_digest].map((digest) =>
        Buffer.from(digest).toString("hex"),
      );
      const counts = [measured, were_without_meter, unmeasurable, rollups];
      hash.update(`\n${JSON.stringify([partition, cut, counts, digests, quantity])}`);
    }
  }
  return hash.digest();
}

/** What a fill adds to a part, folded from the log event by event. */
export interface FillControl {
  /** Takes an event of the fill's tenant: what became of it at its cut, and what the fill's meter makes of it. */
  readonly add: (event: UsageAccepted, before: Outcome, measured: Measured) => void;
  readonly total: () => PartFilled;
}

export function createFillControl(
  fill: Pick<FillBegun, "tenant" | "meter" | "version">,
  part: Pick<PartCompared, "cut" | "partition">,
): FillControl {
  const control = createPartControl();
  let wereWithoutMeter = 0;
  return {
    add(event, before, measured) {
      // Events that are not the meter's have no part in it.
      if (measured.outcome === "without_meter") return;
      control.add(event, measured);
      if (measured.outcome === "measured" && before === "without_meter") wereWithoutMeter += 1;
    },
    total() {
      const [total = nothing] = control.totals();
      const [quantity] = total.quantities;
      return {
        kind: "PartFilled",
        cut: part.cut,
        partition: part.partition,
        tenant: fill.tenant,
        meter: fill.meter,
        version: fill.version,
        // A correction of what the meter has seen has two measurements.
        measured: total.measurements,
        were_without_meter: wereWithoutMeter,
        unmeasurable: total.unmeasurable,
        measurements_digest: total.measurements_digest,
        rollups: total.rollups,
        rollups_digest: total.rollups_digest,
        quantity: quantity?.quantity ?? "0",
      };
    },
  };
}

const nothing = {
  measurements: 0,
  unmeasurable: 0,
  measurements_digest: Buffer.alloc(32),
  rollups: 0,
  rollups_digest: Buffer.alloc(32),
  quantities: [],
} satisfies Partial<TenantControl>;
