import type { InvoiceFinalized } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { monthBegin } from "./calendar.ts";
import { differencesOfInvoice, exactOf } from "./compare.ts";
import { expect as expected } from "./oracle.ts";
import type { Sent } from "./workload.ts";

/** Of `acct-00`, a developer: 20.00 a month, input tokens 0.50 per million. */
function tokens(input: number, model: string, month: number, billed: number): Sent {
  const event = { id: "any", type: "llm.completion", customer: "acct-00", properties: {} };
  return { event, month, billed, model, input, output: 0 };
}

const sent = [
  tokens(600_000, "swift-1", 0, 0),
  tokens(400_000, "sage-2", 0, 0),
  tokens(500_000, "swift-1", 0, 1),
];

describe("the oracle", () => {
  const { invoices, units } = expected(sent, 2);

  test("bills what was used, by model", () => {
    const november = invoices.get("acct-00|0");
    expect(november?.total).toBe(20_50n);
    expect(november?.groups.get("0|input_tokens|sage-2")).toEqual({
      quantity: 400_000n,
      exact: exactOf("0.2"),
    });
  });

  test("puts late usage on the next invoice: what the month costs now, less what was billed of it", () => {
    const december = invoices.get("acct-00|1");
    // 1.5 million cost 0.50 + 0.15; 1.1 of them are swift-1's, 0.4 sage-2's. Billed were 0.30 and 0.20.
    expect(december?.total).toBe(20_15n);
    const [swift, sage] = ["swift-1", "sage-2"].map((model) =>
      december?.groups.get(`0|input_tokens|${model}`),
    );
    expect(swift?.quantity).toBe(500_000n);
    expect(sage?.quantity).toBe(0n);
    expect((swift?.exact ?? 0n) + (sage?.exact ?? 0n)).toBe(exactOf("0.15"));
  });

  test("expects an invoice of everybody and every month, and counts all units", () => {
    expect(invoices.size).toBe(48);
    expect(units.get("acct-00|input_tokens")).toBe(1_500_000n);
  });
});

describe("an invoice that differs is found", () => {
  const wanted = expected(sent, 1).invoices.get("acct-00|0");

  function invoice(change: {
    total?: string;
    quantity?: string;
    exact?: string;
  }): InvoiceFinalized {
    const line = { dimensions: {}, period_from: monthBegin(0) * 1_000 };
    const usage = {
      ...line,
      meter: "input_tokens",
      quantity: "600000",
      exact: "0.3",
      amount: "30",
    };
    return {
      plan: "ai_developer",
      total: change.total ?? "2050",
      lines: [
        { ...line, meter: null, quantity: "1", exact: "20", amount: "2000" },
        {
          ...usage,
          dimensions: { model: "swift-1" },
          quantity: change.quantity ?? usage.quantity,
          exact: change.exact ?? usage.exact,
        },
        {
          ...usage,
          dimensions: { model: "sage-2" },
          quantity: "400000",
          exact: "0.2",
          amount: "20",
        },
      ],
    } as unknown as InvoiceFinalized;
  }

  test.each([
    { change: {}, faults: [] },
    { change: { total: "2051" }, faults: ["the total is 2051 and should be 2050"] },
    {
      change: { quantity: "600001" },
      faults: ["the quantity of 0|input_tokens|swift-1 is 600001 and should be 600000"],
    },
    {
      change: { exact: "0.300000000000000000000001" },
      faults: [
        "the amount of 0|input_tokens|swift-1 is 300000000000000000000001 and should be 300000000000000000000000",
      ],
    },
  ])("$faults", ({ change, faults }) => {
    expect(wanted && differencesOfInvoice(invoice(change), wanted)).toEqual(faults);
  });
});
