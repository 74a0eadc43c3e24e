import { currency, decimal, roundInvoice, sum, toText } from "@tallybook/money";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { typedInvoice, type Billed } from "../src/typed-view.ts";

const madeAt = "2026-11-21T14:00:00Z";

function billed(amounts: readonly string[], code: string, number: string | null = null): Billed {
  const rounded = roundInvoice(
    amounts.map((amount) => decimal(amount)),
    currency(code) ?? { code, digits: 2 },
  );
  return {
    invoice: "a".repeat(64),
    number,
    customer: "c",
    subscription: "s",
    plan: "p",
    parts: [],
    currency: code,
    period: { from: "2026-11-21T00:00:00Z", to: "2026-12-21T00:00:00Z" },
    rounding: toText(rounded.rounding),
    total: rounded.total,
    tax: "0",
    lines: amounts.map((exact, index) => ({
      meter: "llm.completion.input_tokens",
      quantity: "1234",
      exact,
      is_tax: false,
      description: `Line ${index}`,
    })),
  };
}

test("lines are exact, the total is rounded to cents, and what lies between has a line of its own", () => {
  const invoice = typedInvoice(billed(["0.002468", "0.0106"], "USD"), madeAt, undefined);
  expect(invoice).toMatchObject({
    status: "Draft",
    invoice_number: null,
    total_nanos: "10000000000",
    tax_nanos: "0",
    period_start: "2026-11-21T00:00:00Z",
    finalized_at: null,
  });
  expect(invoice.line_items.map(({ description, amount_nanos }) => [description, amount_nanos]))
    // In units of 1e-12.
    .toEqual([
      ["Line 0", "2468000000"],
      ["Line 1", "10600000000"],
      ["Rounding", "-3068000000"],
    ]);
});

test("whole cents have no rounding, and a number makes it open", () => {
  const invoice = typedInvoice(billed(["0.25", "1.5"], "USD", "INV-000007"), madeAt, "sent");
  expect(invoice).toMatchObject({
    status: "Open",
    invoice_number: "INV-000007",
    total_nanos: "1750000000000",
    finalized_at: "2026-11-21T14:00:00Z",
  });
  expect(invoice.line_items).toHaveLength(2);
});

test.each([
  ["finalized", "Open"],
  ["sent", "Open"],
  ["partly_paid", "Open"],
  ["overdue", "Open"],
  ["paid", "Paid"],
  ["voided", "Void"],
] as const)("an invoice that is %s is called %s", (state, status) => {
  const invoice = typedInvoice(billed(["1"], "USD", "INV-000001"), madeAt, state);
  expect(invoice.status).toBe(status);
});

const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 24 }))
  .map(([digits, places]) => {
    const text = String(digits).padStart(places + 1, "0");
    return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  });

test("the lines always add up to the total, which is whole minor units", () => {
  const unitByCode = { JPY: 10n ** 12n, USD: 10n ** 10n, KWD: 10n ** 9n };
  const code = fc.constantFrom("JPY" as const, "USD" as const, "KWD" as const);
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 6 }), code, (amounts, of) => {
      const { line_items, total_nanos } = typedInvoice(billed(amounts, of), madeAt, undefined);
      expect(toText(sum(line_items.map(({ amount_nanos }) => decimal(amount_nanos))))).toBe(
        total_nanos,
      );
      expect(BigInt(total_nanos) % unitByCode[of]).toBe(0n);
    }),
  );
});

test("an invoice of several subscriptions names all of them, and no one alone", () => {
  const of = billed(["1", "2"], "USD", "INV-000008");
  const parts = [{ subscription: "s1" }, { subscription: "s2" }, { subscription: "s1" }];
  const several = { ...of, subscription: null, plan: null, parts };
  expect(typedInvoice(several, madeAt, "finalized")).toMatchObject({
    subscription_id: null,
    subscription_ids: ["s1", "s2"],
    plan_id: null,
  });
  expect(typedInvoice(of, madeAt, "finalized").subscription_ids).toEqual(["s"]);
});
