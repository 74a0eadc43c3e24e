import { compare, type Decimal } from "@tallybook/money";
import { zoneNamed } from "@tallybook/periods";
import type { Capacity, CapacityTier, Charge, Matrix, TimeWindow, TimeWindows } from "./charge.ts";
import type {
  CapacitySpec,
  ChargeContext,
  ChargeSpec,
  MatrixSpec,
  TimeWindowsSpec,
} from "./charge-spec.ts";
import { combinationKey, combinationText } from "./combination.ts";
import { makeQuantityCharge, needMeter } from "./make-quantity-charge.ts";
import type { Reading } from "./reading.ts";

/** One price is one record of the log. */
const rowsMax = 1_000;

export function makeCapacity(
  spec: CapacitySpec,
  context: ChargeContext,
  reading: Reading,
): Capacity {
  needMeter(spec.model, context, reading);
  if (spec.tiers.length === 0) reading.fault("tiers", "missing", "it needs at least one tier");
  const tiers: CapacityTier[] = [];
  for (const [index, tier] of spec.tiers.entries()) {
    const at = reading.within(`tiers[${index}]`);
    const limits = Object.entries(tier.max).map(([unit, max]): [string, Decimal] => [
      unit,
      at.number(`max.${unit}`, max),
    ]);
    const made = { amount: at.number("amount", tier.amount), maxByUnit: new Map(limits) };
    for (const unit of shrunk(tiers.at(-1), made)) {
      const detail = `the tier before allows more of ${unit}: tiers go from the narrowest to the widest`;
      at.fault(`max.${unit}`, "tiers_overlap", detail);
    }
    tiers.push(made);
  }
  return { model: spec.model, unitDimension: spec.unit_dimension, tiers };
}

function shrunk(before: CapacityTier | undefined, tier: CapacityTier): string[] {
  return [...tier.maxByUnit].flatMap(([unit, max]) => {
    if (before === undefined) return [];
    const earlier = before.maxByUnit.get(unit);
    return earlier === undefined || compare(max, earlier) < 0 ? [unit] : [];
  });
}

export function makeMatrix(
  spec: MatrixSpec,
  reading: Reading,
  make: (inner: ChargeSpec, at: Reading) => Charge,
): Matrix<Charge> {
  if (spec.dimensions.length === 0) {
    reading.fault("dimensions", "missing", "a matrix prices by at least one dimension");
  }
  for (const [index, name] of spec.dimensions.entries()) {
    const first = spec.dimensions.indexOf(name);
    if (first === index) continue;
    const detail = `${name} stands at dimensions[${first}] already; keep one of the two`;
    reading.fault(`dimensions[${index}]`, "duplicate", detail);
  }
  if (spec.rows.length === 0) reading.fault("rows", "missing", "it needs at least one row");
  if (spec.rows.length > rowsMax) {
    const detail = `it has ${spec.rows.length} rows: at most ${rowsMax}`;
    reading.fault("rows", "too_many", detail);
  }
  const indexByKey = new Map<string, number>();
  const rows = spec.rows.map((row, index) => {
    const at = reading.within(`rows[${index}]`);
    for (const name of spec.dimensions) {
      if (Object.hasOwn(row.dimensions, name)) continue;
      const detail = `a row says a value for each dimension of the price; write "" for events that have no ${name}`;
      at.fault(`dimensions.${name}`, "missing", detail);
    }
    for (const name of Object.keys(row.dimensions)) {
      if (spec.dimensions.includes(name)) continue;
      const detail = `the price is over ${spec.dimensions.join(", ")}: leave it out, or add it to the price's dimensions`;
      at.fault(`dimensions.${name}`, "not_of_price", detail);
    }
    const key = combinationKey(spec, row.dimensions);
    const first = indexByKey.get(key);
    if (first === undefined) indexByKey.set(key, index);
    else {
      const detail = `${combinationText(row.dimensions)} has a price at rows[${first}] already; keep one of the two`;
      at.fault("dimensions", "duplicate", detail);
    }
    return { values: row.dimensions, charge: inner(row.charge, at.within("charge")) };
  });
  const defaultRow =
    spec.default_row === null ? null : inner(spec.default_row, reading.within("default_row"));
  return { model: spec.model, dimensions: spec.dimensions, rows, defaultRow };

  function inner(of: ChargeSpec, at: Reading): Charge {
    if (of.model === "matrix")
      at.fault("model", "nested", "a row of a matrix is no matrix; add a dimension instead");
    return make(of, at);
  }
}

export function makeTimeWindows(
  spec: TimeWindowsSpec,
  context: ChargeContext,
  reading: Reading,
): TimeWindows {
  if (zoneNamed(spec.time_zone) === undefined) {
    const detail = "it must be a time zone of the IANA database, such as Europe/Berlin or UTC";
    reading.fault("time_zone", "unknown_time_zone", detail);
  }
  if (spec.windows.length === 0)
    reading.fault("windows", "missing", "it needs at least one window");
  const windows: TimeWindow[] = [];
  for (const [index, window] of spec.windows.entries()) {
    const at = reading.within(`windows[${index}]`);
    const made = {
      name: window.name,
      days: window.days.map((day, place) => at.whole(`days[${place}]`, day, 1, 7)),
      fromMinute: at.whole("from_minute", window.from_minute, 0, 1_439),
      toMinute: at.whole("to_minute", window.to_minute, 1, 1_440),
      charge: makeQuantityCharge(window.charge, context, at.within("charge")),
    };
    if (made.toMinute <= made.fromMinute) {
      const detail = "it must be after from_minute; write a window over midnight as two";
      at.fault("to_minute", "not_after_from", detail);
    }
    const other = windows.find((each) => overlap(each, made));
    if (other !== undefined) {
      at.fault("from_minute", "windows_overlap", `the window ${other.name} holds this time too`);
    }
    windows.push(made);
  }
  const otherwise =
    spec.otherwise === null
      ? null
      : makeQuantityCharge(spec.otherwise, context, reading.within("otherwise"));
  return { model: spec.model, timeZone: spec.time_zone, windows, otherwise };
}

function overlap(a: TimeWindow, b: TimeWindow): boolean {
  const shareDay = a.days.some((day) => b.days.includes(day));
  return shareDay && a.fromMinute < b.toMinute && b.fromMinute < a.toMinute;
}
