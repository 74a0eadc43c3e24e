import { readFileSync } from "node:fs";
import path from "node:path";
import { cut, type Decimal, decimal, type Ratio, toText } from "@tallybook/money";
import {
  chargeOf,
  type Price,
  rateAround,
  rateUsage,
  type Usage,
  wholePeriod,
  withoutIncluded,
} from "@tallybook/pricing";
import { emptyCatalog, plan, validateDocument } from "@tallybook/catalog";
import { expect, test } from "vitest";

interface Example {
  readonly price: { readonly model: string };
  readonly meter?: object;
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
  expect(toText(cut(ratedBy(published(price, meter), usageOf(usage)), 12))).toBe(amount);
});

function ratedBy(price: Price, usage: Usage): Ratio {
  const { around = null } = price;
  const rated = (of: Usage) => rateUsage(chargeOf(price), of).amount;
  if (around === null) return rated(usage);
  const charged = rated(withoutIncluded(around, usage, wholePeriod).usage);
  const priceOf = (quantity: Decimal) => rated({ of: "quantity", quantity });
  return rateAround(around, charged, priceOf, wholePeriod).amount;
}

/** The price as it is after a document with it was published. */
function published(price: Example["price"], meter: object = {}): Price {
  const of = price.model === "flat" ? {} : { meter: "used" };
  const used = { meter: "used", event_type: "used", aggregation: "sum", value_property: "n" };
  const read = validateDocument({
    meters: [{ ...used, ...meter }],
    plans: [{ plan: "example", currency: "USD", prices: [{ price: "example", ...of, ...price }] }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(emptyCatalog(), read.document, { now: 0, actor: "docs", tenant: "default" });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  const fact = planned.facts.find(({ kind }) => kind === "PlanPublished");
  const made = fact?.kind === "PlanPublished" ? fact.prices[0] : undefined;
  if (made === undefined) throw new Error("no plan was published");
  return made;
}

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
