import { toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import { NotRatable, unitCostOf } from "@tallybook/pricing";
import { describe, expect, test } from "vitest";
import { made } from "./specs.ts";

const from = {
  model: "cost_plus",
  markup_percent: "0",
  fixed_amount_per_event: null,
  unit_cost_property: null,
  provider_prices: [
    { effective_at: "2023-11-01T00:00:00Z", unit_cost: "0.02" },
    { effective_at: "2023-11-16T00:00:00Z", unit_cost: "0.01" },
  ],
} as const;

function costAt(time: string, properties = {}, spec: Parameters<typeof made>[0] = from): string {
  const charge = made(spec);
  if (charge.model !== "cost_plus") throw new Error("cost_plus");
  return toText(unitCostOf(charge, { time: parseTime(time) ?? NaN, properties }));
}

describe("what a provider charges for a unit", () => {
  test("is the price that held at the event's time, from its very moment on", () => {
    expect(costAt("2023-11-01T00:00:00Z")).toBe("0.02");
    expect(costAt("2023-11-15T23:59:59.999999Z")).toBe("0.02");
    expect(costAt("2023-11-16T00:00:00Z")).toBe("0.01");
    expect(costAt("2024-11-16T00:00:00Z")).toBe("0.01");
  });

  test("is nothing that anybody guesses before the first price", () => {
    expect(() => costAt("2023-10-31T23:59:59Z")).toThrow(NotRatable);
  });

  test("is what the event says, where the price names its property", () => {
    const said = { ...from, unit_cost_property: "cost", provider_prices: [] };
    expect(costAt("2023-11-01T00:00:00Z", { cost: "1.5e-3" }, said)).toBe("0.0015");
    expect(() => costAt("2023-11-01T00:00:00Z", { cost: "" }, said)).toThrow(NotRatable);
    expect(() => costAt("2023-11-01T00:00:00Z", {}, said)).toThrow("has no number in cost");
  });
});
