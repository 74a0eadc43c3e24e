import { describe, expect, test } from "vitest";
import { readCsv } from "../src/csv.ts";
import { readExpected } from "../src/expected-bills.ts";
import { shadowText } from "../src/shadow.ts";

describe("comma-separated values", () => {
  test("have quoted commas, quotes and ends of lines, and any end of a line", () => {
    const text = '\uFEFFa,b\r\n"x, y","say ""so"""\n\n1,"two\nlines"\n ,last';
    expect(readCsv(text, "f.csv")).toEqual([
      { line: 1, fields: ["a", "b"] },
      { line: 2, fields: ["x, y", 'say "so"'] },
      { line: 4, fields: ["1", "two\nlines"] },
      { line: 6, fields: ["", "last"] },
    ]);
    expect(readCsv("", "f.csv")).toEqual([]);
  });

  test.each([
    ['a,"b', "f.csv:1: a quote is opened here and never closed."],
    ['a\n"b"c', "f.csv:2: something stands behind a quoted field."],
    ['a,b"c', "f.csv:1: a quote inside of a field: put the whole field in quotes."],
  ])("with a quote that is wrong are refused: %j", (text, fault) => {
    expect(() => readCsv(text, "f.csv")).toThrow(fault);
  });
});

describe("a file of another system", () => {
  test("is a bill for each customer, period and currency, whatever the order of its columns", () => {
    const text = `Customer,Period,Meter,Quantity,Amount,Currency
acme,2023-11,tokens,1000,0.50,USD
"umbrella, inc",2023-11-01/2023-12-01,,,7,USD
acme,2023-11,,,20.00,USD
acme,2023-11,,,3,EUR
`;
    const bills = readExpected(text, "f.csv");
    expect(
      bills.map(({ customer, from, until, currency, lines }) => [
        customer,
        from,
        until,
        currency,
        lines.length,
      ]),
    ).toEqual([
      ["acme", "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", "USD", 2],
      ["umbrella, inc", "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", "USD", 1],
      ["acme", "2023-11-01T00:00:00Z", "2023-12-01T00:00:00Z", "EUR", 1],
    ]);
    expect(bills[0]?.lines[0]).toEqual({
      product: null,
      meter: "tokens",
      line: null,
      quantity: "1000",
      amount: "0.50",
    });
    expect(new Set(bills.map(({ expected_bill }) => expected_bill)).size).toBe(3);
    expect(readExpected(text, "f.csv")).toEqual(bills);
  });

  test("is refused with every fault and its line", () => {
    const text = `customer,period,amount,currency
acme,November,"1,000.00",USD
,2023-11,1,
acme,2023-11,1
`;
    const faults = [
      "f.csv:2: amount `1,000.00` is no number: write it like 1234.56",
      "f.csv:2: period `November` is none: write 2023-11, 2023-11-16, or two times with a slash",
      "f.csv:3: customer is empty",
      "f.csv:3: currency is empty",
      "f.csv:4: it has 3 fields, and the first line 4",
      "f.csv:4: currency is empty",
    ];
    expect(() => readExpected(text, "f.csv")).toThrow(faults.join("\n"));
  });

  test("whose first line does not name the columns is refused", () => {
    expect(() => readExpected("", "f.csv")).toThrow("f.csv is empty");
    expect(() => readExpected("customer,total,amount,amount", "f.csv")).toThrow(
      [
        "f.csv:1: the column period is missing.",
        "f.csv:1: the column currency is missing.",
        "f.csv:1: there is no column `total`: there are customer, period, amount, currency, product, meter, line, quantity.",
        "f.csv:1: the column amount stands there twice.",
      ].join("\n"),
    );
  });
});

test("a comparison is a table of what differs with its cause, or a sentence", () => {
  const period = { from: Date.UTC(2023, 10) * 1_000, to: Date.UTC(2023, 11) * 1_000 };
  const none = { tenant: "default", period, expected: 0, equal: 0, totals: [], differences: [] };
  expect(shadowText(none).at(-1)).toBe(
    "Nothing was imported for this period: `tally shadow import FILE`.",
  );
  expect(shadowText({ ...none, expected: 2, equal: 2 }).at(-1)).toBe(
    "No difference: all 2 lines are billed here to the cent.",
  );
  const difference = {
    customer: "acme",
    period,
    product: null,
    meter: "tokens",
    line: null,
    currency: "USD",
    expected: "3.00",
    billed: "2.50",
    difference: "-0.50",
    expected_quantity: "6",
    billed_quantity: "5",
    cause: "quantity",
  } as const;
  const totals = [{ currency: "USD", expected: "3.00", billed: "2.50", difference: "-0.50" }];
  const text = shadowText({ ...none, expected: 1, totals, differences: [difference] });
  expect(`\n${text.join("\n")}\n`).toBe(`
Billing periods that begin from 2023-11-01 until before 2023-12-01:
  expected 3.00 USD, billed here 2.50, difference -0.50

customer  period from  what    expected  billed here  difference  currency  cause
────────  ───────────  ──────  ────────  ───────────  ──────────  ────────  ──────────────────────────────────
acme      2023-11-01   tokens      3.00         2.50       -0.50  USD       other quantity: 6 expected, 5 here

0 of 1 expected lines are the same; 1 differ.
`);
});
