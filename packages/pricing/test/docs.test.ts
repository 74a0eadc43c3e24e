import { readFileSync } from "node:fs";
import path from "node:path";
import { cut, decimal, toText } from "@tallybook/money";
import { type ChargeSpec, rateUsage, type Usage } from "@tallybook/pricing";
import { expect, test } from "vitest";
import { made } from "./specs.ts";

interface Example {
  readonly price: ChargeSpec;
  readonly meter?: "money";
  readonly usage: WrittenUsage;
  readonly amount: string;
}

interface WrittenUsage {
  readonly quantity?: string;
  readonly events?: readonly (
    | string
    | { readonly quantity: string; readonly job: string | null }
  )[];
  readonly costs?: readonly { readonly quantity: string; readonly unit_cost: string }[];
  readonly peaks?: Readonly<Record<string, string>>;
  readonly times?: readonly {
    readonly day: number;
    readonly minute: number;
    readonly quantity: string;
  }[];
  readonly combinations?: readonly {
    readonly values: Readonly<Record<string, string>>;
    readonly usage: WrittenUsage;
  }[];
}

const page = readFileSync(path.join(import.meta.dirname, "../../../docs/pricing.md"), "utf8");
const examples = [...page.matchAll(/```json example\n(.*?)```/gs)].map(
  ([, json]) => JSON.parse(json ?? "") as Example,
);

test("the page has an example of every charge model", () => {
  const models = new Set(examples.map(({ price }) => price.model));
  expect([...models].toSorted()).toEqual([
    "block_tiers",
    "bulk",
    "capacity",
    "cost_plus",
    "dynamic",
    "flat",
    "graduated",
    "graduated_percentage",
    "matrix",
    "package",
    "per_unit",
    "percentage",
    "stairstep",
    "time_windows",
    "volume",
  ]);
});

test.each(examples)("$price.model comes to $amount", ({ price, meter, usage, amount }) => {
  const rating = rateUsage(made(price, meter ?? "units"), usageOf(usage));
  expect(toText(cut(rating.amount, 12))).toBe(amount);
});

function usageOf(written: WrittenUsage): Usage {
  const { quantity, events, costs, peaks, times, combinations } = written;
  if (quantity !== undefined) return { of: "quantity", quantity: decimal(quantity) };
  if (events !== undefined) {
    return {
      of: "events",
      events: events.map((each) =>
        typeof each === "string"
          ? { quantity: decimal(each), job: null }
          : { quantity: decimal(each.quantity), job: each.job },
      ),
    };
  }
  if (costs !== undefined) {
    return {
      of: "costs",
      costs: costs.map((each) => ({
        quantity: decimal(each.quantity),
        unitCost: decimal(each.unit_cost),
      })),
    };
  }
  if (peaks !== undefined) {
    const entries = Object.entries(peaks).map(([unit, peak]) => [unit, decimal(peak)] as const);
    return { of: "peaks", peakByUnit: new Map(entries) };
  }
  if (times !== undefined) {
    return {
      of: "times",
      times: times.map((each) => ({ ...each, quantity: decimal(each.quantity) })),
    };
  }
  return {
    of: "combinations",
    combinations: (combinations ?? []).map(({ values, usage }) => ({
      values,
      usage: usageOf(usage),
    })),
  };
}
