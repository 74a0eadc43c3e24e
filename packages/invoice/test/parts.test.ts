import { renderInvoiceHtml } from "@tallybook/invoice";
import { decimal } from "@tallybook/money";
import { chargeOf, explainCharge, rateUsage } from "@tallybook/pricing";
import type { ChargeSpec, Explained, Price, Usage } from "@tallybook/pricing";
import { expect, test } from "vitest";
import { paper, usage } from "./paper.ts";

const perUnit = { model: "per_unit", unit_amount: "2", per: "1" } as const;
const costs: ChargeSpec = {
  model: "cost_plus",
  markup_percent: "20",
  fixed_amount_per_event: "0.01",
  unit_cost_property: "cost",
  provider_prices: [],
};
const passed: Usage = {
  of: "costs",
  costs: [{ quantity: decimal("1000"), unitCost: decimal("0.004") }],
};

function explained(charge: ChargeSpec, used: Usage): Explained {
  return explainCharge(rateUsage(chargeOf(priceOf(charge)), used));
}

function priceOf(charge: ChargeSpec): Price {
  return { price: "x", meter: "x", charge, description: "The x" };
}

/** The rows of the page that show parts. */
function parts(charge: ChargeSpec, explanation: Explained, quantity: string): string[] {
  const { invoice, madeAt } = paper({
    lines: [usage("x", {}, quantity, explanation.amount)],
    explanations: [{ transaction: "usage x", explanation }],
    prices: [priceOf(charge)],
  });
  const page = renderInvoiceHtml(invoice, madeAt);
  return [...page.matchAll(/<tr class="tier">(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)]
      .map(([, cell = ""]) => cell.replace(/<[^>]*>/g, ""))
      .filter((cell) => cell !== "")
      .join(" | "),
  );
}

test("what is passed through stands apart from what is charged on top", () => {
  expect(parts(costs, explained(costs, passed), "1000")).toEqual([
    "Passed through from the provider, 1 event | 1,000 | 4",
    "Markup, 20 % | 0.8",
    "Fixed part, 0.01 USD per event | 0.01",
  ]);
});

test("windows and rows stand with their price, and what is in them below", () => {
  const windows: ChargeSpec = {
    model: "time_windows",
    time_zone: "UTC",
    windows: [{ name: "<peak>", days: [1], from_minute: 0, to_minute: 60, charge: perUnit }],
    otherwise: {
      model: "package",
      package_size: "10",
      package_amount: "1",
      free_units: "0",
      round: "up",
    },
  };
  const times = [
    { day: 1, minute: 0, quantity: decimal("3") },
    { day: 2, minute: 0, quantity: decimal("11") },
  ];
  expect(parts(windows, explained(windows, { of: "times", times }), "14")).toEqual([
    "&#60;peak&#62;: 2 USD per unit | 3 | 6",
    "outside of all windows: 1 USD per 10 units begun | 11 | 2",
    "outside of all windows, every unit: 1 USD per 10 units begun | 11 | 2",
  ]);
});

test("an explanation that does not come to what is charged is not shown", () => {
  const honest = explained(costs, passed);
  if (honest.of !== "costs") throw new Error("a pass-through");
  expect(parts(costs, { ...honest, markup: "0.9" }, "1000")).toEqual([]);
});
