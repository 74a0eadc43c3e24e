import { parseTime } from "@tallybook/periods";
import { type ChargeSpec, chargeOf, needsEvents, weekTimeOf } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { packages, perUnit } from "./prices.ts";

const conversion = { operation: "divide", factor: "60", rounding: "ceiling", decimals: 0 } as const;
const costs = {
  model: "cost_plus",
  markup_percent: "0",
  fixed_amount_per_event: null,
  unit_cost_property: "cost",
  provider_prices: [],
} as const;

/** Nine to six on working days, by the clocks of a zone. */
function workdays(time_zone: string, from_minute = 540): ChargeSpec {
  const days = [1, 2, 3, 4, 5];
  const charge = perUnit("3");
  return {
    model: "time_windows",
    time_zone,
    windows: [{ name: "work", days, from_minute, to_minute: 1_080, charge }],
    otherwise: null,
  };
}

/** Whether an hour of UTC has to be seen event by event. */
function isApart(charge: ChargeSpec, hour: string): boolean {
  const from = parseTime(`${hour}:00:00Z`) ?? NaN;
  const need = needsEvents({ price: "p", meter: "m", charge, description: "" });
  return need?.({ from, to: from + 3_600_000_000 }) ?? false;
}

describe("a price needs single events", () => {
  test.each([
    ["cost_plus", costs, true],
    ["bulk per job", bulk("job"), true],
    ["bulk per period", bulk("period"), false],
    ["per unit", perUnit("1"), false],
    ["a matrix with an event's model in a row", matrix(costs), true],
    ["a matrix of quantities", matrix(packages("1", "1")), false],
    ["a price that cannot be right", perUnit("x"), false],
  ] as const)("%s: %s", (_, charge, expected) => {
    expect(isApart(charge, "2023-11-08T08")).toBe(expected);
  });

  test("where a time window begins or ends inside of the slot, and nowhere else", () => {
    // Wednesday; Berlin is an hour ahead, Kolkata five and a half.
    expect(isApart(workdays("Europe/Berlin"), "2023-11-08T08")).toBe(false);
    expect(isApart(workdays("Asia/Kolkata"), "2023-11-08T03")).toBe(true);
    expect(isApart(workdays("Asia/Kolkata"), "2023-11-08T04")).toBe(false);
    expect(isApart(workdays("Europe/Berlin", 570), "2023-11-08T08")).toBe(true);
    // A Sunday has no window.
    expect(isApart(workdays("Asia/Kolkata"), "2023-11-12T03")).toBe(false);
  });

  test("where clocks are set inside of the slot", () => {
    expect(isApart(workdays("Australia/Lord_Howe"), "2023-09-30T15")).toBe(true);
    expect(isApart(workdays("Europe/Berlin"), "2023-10-29T01")).toBe(false);
  });
});

test.each([
  ["UTC", "2023-11-08T00:00:00Z", 3, 0],
  ["UTC", "1969-12-28T23:59:59.999999Z", 7, 1_439],
  ["Europe/Berlin", "2023-11-12T23:00:00Z", 1, 0],
  ["America/New_York", "2023-11-06T04:59:59Z", 7, 1_439],
])("in %s the clocks show at %s day %i and minute %i", (time_zone, time, day, minute) => {
  const charge = chargeOf({ price: "p", meter: "m", charge: workdays(time_zone), description: "" });
  if (charge.model !== "time_windows") throw new Error("time windows");
  expect(weekTimeOf(charge, parseTime(time) ?? NaN)).toEqual({ day, minute });
});

function bulk(round_per: "job" | "period"): ChargeSpec {
  const job_property = round_per === "job" ? "job" : null;
  return { model: "bulk", conversion, round_per, job_property, charge: perUnit("1") };
}

function matrix(charge: ChargeSpec): ChargeSpec {
  const rows = [
    { dimensions: { d: "a" }, charge: perUnit("1") },
    { dimensions: { d: "b" }, charge },
  ];
  return { model: "matrix", dimensions: ["d"], rows, default_row: null };
}
