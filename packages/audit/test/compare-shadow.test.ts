import { compareShadow } from "@tallybook/audit";
import type { ShadowComparison } from "@tallybook/audit";
import type { CatalogFact, ObjectBody } from "@tallybook/catalog";
import { encode, topics } from "@tallybook/wire";
import { at, system } from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { keepBooks } from "./bookkeeper.ts";

type Line = Partial<Record<"product" | "meter" | "line" | "quantity", string>> & {
  readonly amount: string;
};

function object(collection: string, id: string, body: ObjectBody): CatalogFact {
  const of = { collection, id, version: 1, archived: false, body };
  return { kind: "ObjectRevised", ...system, ...of };
}

/** What the other system says of a customer's November. */
function bill(customer: string, lines: readonly Line[], currency = "USD"): CatalogFact {
  const open = { product: null, meter: null, line: null, quantity: null };
  return object("expected_bills", `${customer}-${currency}`, {
    customer,
    from: "2023-11-01T00:00:00Z",
    until: "2023-12-01T00:00:00Z",
    currency,
    lines: lines.map((line) => ({ ...open, ...line })),
    metadata: {},
  });
}

/**
 * November of acme: 20.00 a month, 600,000 tokens of conv at 0.30 and 333,333 of code at 0.1666665: 20.47 with the cents of the first
 * invoice. What came late is billed with the second invoice: 777,777 tokens of code, 0.2466665.
 */
async function compared(...facts: CatalogFact[]): Promise<ShadowComparison> {
  const { log } = await keepBooks();
  const producer = await log.producer();
  for (const fact of facts)
    await producer.send([{ topic: topics.catalog, partition: 0, key: null, value: encode(fact) }]);
  const period = { from: at("2023-11-01"), to: at("2023-12-01") };
  return compareShadow({ log, tenant: "default", period });
}

function told({ differences }: ShadowComparison): string {
  const rows = differences.map((each) =>
    [
      each.customer,
      each.product ?? each.meter ?? each.line ?? "total",
      each.expected,
      each.billed,
      each.difference,
      each.cause,
    ].join(" "),
  );
  return `\n${rows.join("\n")}\n`;
}

describe("a shadow month", () => {
  test("is the same where every line is billed here to the cent", async () => {
    const { lines } = await numbers();
    const found = await compared(
      bill("acme", [
        { line: "monthly", quantity: "1", amount: "20" },
        { meter: "tokens", quantity: lines.quantity, amount: lines.usage },
      ]),
    );
    expect(found.differences).toEqual([]);
    expect([found.expected, found.equal]).toEqual([2, 2]);
    expect(found.totals).toEqual([
      { currency: "USD", expected: lines.total, billed: lines.total, difference: "0.00" },
    ]);
  });

  test("names the first cause of each difference", async () => {
    const { lines } = await numbers();
    const cent = (text: string, more: number) => (Number(text) + more / 100).toFixed(2);
    const of = async (line: Line, ...others: CatalogFact[]) => {
      const rest = { line: "monthly", amount: "20" };
      const found = await compared(bill("acme", [rest, line]), ...others);
      return found.differences.map(({ cause }) => cause);
    };
    const usage = { meter: "tokens", amount: lines.usage };
    expect(await of({ ...usage, quantity: "5" })).toEqual(["quantity"]);
    expect(await of({ ...usage, amount: cent(lines.usage, 1) })).toEqual(["rounding"]);
    expect(await of({ ...usage, quantity: lines.quantity, amount: cent(lines.usage, 50) })).toEqual(
      ["price"],
    );
    const vat = object("tax_rates", "vat", {
      name: "vat",
      jurisdiction: "de",
      country: null,
      percent: "19",
      inclusive: false,
      tax_category: null,
      metadata: {},
    });
    const taxed = (Number(lines.usage) * 1.19).toFixed(2);
    expect(await of({ ...usage, amount: taxed }, vat)).toEqual(["tax"]);
    expect(await of({ ...usage, amount: taxed })).toEqual(["price"]);
  });

  test("lists whom it does not know, what nobody used, and what the other system left out", async () => {
    const { lines } = await numbers();
    const found = await compared(
      bill("nobody", [{ amount: "7.50" }]),
      bill("acme", [
        { meter: "images", amount: "3" },
        { line: "VAT 19 %", amount: "3.80" },
        { line: "Setup", amount: "0.01" },
        { product: "dev", meter: "tokens", amount: lines.usage },
      ]),
      bill("acme", [{ amount: "1" }], "EUR"),
    );
    expect(told(found)).toBe(`
acme images 3.00  -3.00 no_usage
acme VAT 19 % 3.80  -3.80 tax
acme Setup 0.01  -0.01 no_line
acme total 1.00  -1.00 no_bill
acme dev  20.00 20.00 not_expected
nobody total 7.50  -7.50 missing_customer
`);
    expect([found.expected, found.equal]).toEqual([6, 1]);
  });

  test("of which nothing is known has everything that is billed as not expected", async () => {
    const found = await compared();
    expect(found.expected).toBe(0);
    expect(new Set(found.differences.map(({ cause }) => cause))).toEqual(new Set(["not_expected"]));
  });
});

/** The November of the books, from the invoices' own lines. */
async function numbers() {
  const { differences, totals } = await compared();
  const usage = differences.filter(({ meter }) => meter === "tokens");
  const sum = (texts: readonly (string | null)[]) =>
    texts.reduce((cents, text) => cents + Math.round(Number(text) * 100), 0);
  const quantity = usage.reduce((units, each) => units + Number(each.billed_quantity), 0);
  return {
    lines: {
      quantity: String(quantity),
      usage: (sum(usage.map(({ billed }) => billed)) / 100).toFixed(2),
      total: totals[0]?.billed ?? "",
    },
  };
}
