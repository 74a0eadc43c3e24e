import { isMeterArchived, metersAt, type Catalog, type MeterPublished } from "@tallybook/catalog";

/** What a SKU measures: the sum of a property of the events of a type, or without a property how many there are. */
export interface Measured {
  readonly event_type: string;
  readonly property: string | null;
}

/** A meter for what is measured: one that is there, or the code and document of one to publish. */
export type MeterFound =
  | { readonly kind: "known"; readonly meter: string }
  | { readonly kind: "new"; readonly meter: string; readonly document: MeterDocument };

export type MeterDocument = Readonly<Record<string, string>>;

/**
 * The meter of a tenant that sums that property and nothing narrower, or one to publish. Its code is made of type and property,
 * so that whoever reads usage finds the property in it; where another meter has the code, a number follows.
 */
export function meterFor(catalog: Catalog, tenant: string, measured: Measured): MeterFound {
  const meters = metersAt(catalog, tenant);
  for (const [meter, versions] of meters) {
    const latest = versions.at(-1);
    if (latest === undefined || isMeterArchived(catalog, latest)) continue;
    if (isSame(latest, measured)) return { kind: "known", meter };
  }
  const meter = freeCode(codeOf(measured), (code) => meters.has(code));
  const { event_type, property } = measured;
  const document =
    property === null
      ? { meter, event_type, aggregation: "count" }
      : { meter, event_type, aggregation: "sum", value_property: property };
  return { kind: "new", meter, document };
}

/** It measures just that: all events of the type, not told apart, neither rounded nor of money. */
function isSame(meter: MeterPublished, { event_type, property }: Measured): boolean {
  return (
    meter.event_type === event_type &&
    meter.value_property === property &&
    meter.aggregation === (property === null ? "count" : "sum") &&
    meter.filter.length === 0 &&
    meter.dimensions.length === 0 &&
    meter.rounding === null &&
    meter.currency === null
  );
}

function codeOf({ event_type, property }: Measured): string {
  const code = property === null ? `${event_type}.events` : `${event_type}.${property}`;
  return code.replace(/[^A-Za-z0-9_.:-]+/g, "_");
}

function freeCode(code: string, isTaken: (code: string) => boolean): string {
  let free = code;
  for (let place = 2; isTaken(free); place += 1) free = `${code}-${place}`;
  return free;
}
