import { type ChargeSpec, makeCharge } from "@tallybook/pricing";
import type { Aggregation, Price } from "./facts.ts";
import type { Faults } from "./faults.ts";
import { documentField } from "./read-charge.ts";

/** What a price has to know of its meter. */
export interface MeterSeen {
  readonly aggregation: Aggregation;
  readonly dimensions: readonly string[];
  /** Of a meter that counts money; else null. */
  readonly currency: string | null;
}

/** The meter of a price is there, and measures what the price's charge asks for. */
export function checkPrice(
  { meter, charge }: Price,
  currency: string,
  meters: ReadonlyMap<string, MeterSeen>,
  at: string,
  faults: Faults,
): void {
  if (meter === null) return;
  const seen = meters.get(meter);
  if (seen === undefined) {
    const detail = `there is no meter ${meter}: publish it first or in the same document`;
    faults.add(`${at}.meter`, "unknown_meter", detail);
    return;
  }
  const counted = seen.currency;
  if (counted !== null && counted !== currency) {
    const detail = `meter ${meter} counts ${counted} and the plan is in ${currency}: nothing says what one is in the other`;
    faults.add(`${at}.meter`, "other_currency", detail);
  }
  const made = makeCharge(charge, { meter: counted === null ? "units" : "money" });
  for (const { field, reason, detail } of made.ok ? [] : made.faults)
    faults.add(`${at}.${documentField(field)}`, reason, detail);
  checkAggregation(meter, seen, charge, at, faults);
  for (const { field, name } of dimensionsIn(charge)) {
    if (seen.dimensions.includes(name)) continue;
    const has =
      seen.dimensions.length === 0
        ? "no dimensions"
        : `the dimensions ${seen.dimensions.join(", ")}`;
    const detail = `meter ${meter} has ${has}: take one of them, or publish the meter with ${name}`;
    faults.add(`${at}.${documentField(field)}`, "unknown_dimension", detail);
  }
}

/** What to do about a meter that nothing new refers to. */
export function archivedText(meter: string): string {
  return `meter ${meter} is archived: take another, or apply it again first`;
}

/** The dimensions of its meter that a charge asks for, with the fields that name them. */
export function dimensionsIn(
  charge: ChargeSpec,
): readonly { readonly field: string; readonly name: string }[] {
  return chargesIn(charge).flatMap(({ field, charge: each }) => {
    if (each.model === "capacity")
      return [{ field: `${field}unit_dimension`, name: each.unit_dimension }];
    if (each.model !== "matrix") return [];
    return each.dimensions.map((name, index) => ({ field: `${field}dimensions[${index}]`, name }));
  });
}

/** Events by themselves have a quantity where their meter adds them up; a peak is what a meter of the highest has. */
function checkAggregation(
  meter: string,
  { aggregation }: MeterSeen,
  charge: ChargeSpec,
  at: string,
  faults: Faults,
): void {
  for (const { charge: each } of chargesIn(charge)) {
    if (each.model === "capacity" && aggregation !== "max") {
      const detail = `a capacity price goes by the peak of each unit: meter ${meter} has aggregation ${aggregation}, take one of max`;
      faults.add(`${at}.meter`, "not_max", detail);
    }
    if (
      each.model === "time_windows" &&
      (aggregation === "weighted_sum" || aggregation === "percentile")
    ) {
      const detail = `meter ${meter} has aggregation ${aggregation}, which is of a whole period: what a window has of it is no part of that`;
      faults.add(`${at}.meter`, "not_by_time", detail);
    }
    if (isByEvent(each) && aggregation !== "sum" && aggregation !== "count") {
      const detail = `a ${each.model} price goes by single events: meter ${meter} has aggregation ${aggregation}, take one of sum or count`;
      faults.add(`${at}.meter`, "not_by_event", detail);
    }
  }
}

function isByEvent(charge: ChargeSpec): boolean {
  if (charge.model === "bulk") return charge.round_per !== "period";
  return charge.model === "percentage" || charge.model === "cost_plus";
}

/** A charge and those in its rows, with what stands before their fields. Windows and bulk hold none but by quantity. */
function chargesIn(
  charge: ChargeSpec,
): readonly { readonly field: string; readonly charge: ChargeSpec }[] {
  if (charge.model !== "matrix") return [{ field: "", charge }];
  const { rows, default_row } = charge;
  return [
    { field: "", charge },
    ...rows.map((row, index) => ({ field: `rows[${index}].charge.`, charge: row.charge })),
    ...(default_row === null ? [] : [{ field: "default_row.", charge: default_row }]),
  ];
}
