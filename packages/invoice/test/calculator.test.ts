import { readCalculated } from "@tallybook/invoice";
import type { InvoiceDrafted } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { fee } from "./paper.ts";

const vat = { name: "VAT", jurisdiction: "DE", percent: 19, amount: 380 };

/** Why an answer about lines of these amounts is not used; else the amounts of its taxes. */
function read(answer: string | object, amounts: readonly string[] = ["20"], currency = "USD") {
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  const draft = { lines: amounts.map(fee), currency } as unknown as InvoiceDrafted;
  const calculated = readCalculated(Buffer.from(text), draft);
  return calculated.ok ? calculated.taxes.map(({ amount }) => amount).join(" ") : calculated.why;
}

describe("what a calculator answers is not used", () => {
  test.each([
    ["that says a tax twice", { taxes: [vat, vat] }, "taxes[1]: taxes[0] is VAT of DE on the same"],
    ["in another currency", { taxes: [vat], currency: "EUR" }, "that of the invoice, USD"],
    ["of nothing that asks for money", { taxes: [{ ...vat, percent: 0, amount: 1 }] }, "0 % of 20"],
    ["that gives back of what is asked for", { taxes: [{ ...vat, amount: -380 }] }, "19 % of 20"],
    ["a cent off where no cent is rounded", { taxes: [{ ...vat, amount: 381 }] }, "are 380"],
    ["with a line twice", { taxes: [{ ...vat, lines: [1, 1] }] }, "each once"],
    ["with a name that no text can carry", '{"taxes":[{"name":"\\ud800"}]}', "surrogate"],
    ["that is no JSON", "<html>", "not JSON"],
    ["that is a list", "[]", "must have `taxes`"],
    [
      "with more taxes than anybody has",
      { taxes: Array.from({ length: 51 }, () => vat) },
      "at most 50",
    ],
  ])("%s", (_, answer, why) => {
    expect(read(answer)).toContain(why);
  });

  // Such a number ended the invoicer, and the next one at once, since it asked again.
  test.each(["percent", "amount"])("with a %s beyond all numbers", (field) => {
    const answer = JSON.stringify({ taxes: [{ ...vat, [field]: 0 }] });
    const long = answer.replace(`"${field}":0`, `"${field}":1e999`);
    expect(read(long)).toContain("taxes[0]");
    expect(read(long)).toContain("digits");
  });
});

test("the same tax may be on other lines, in the currency of the invoice", () => {
  const taxes = [
    { ...vat, lines: [1] },
    { ...vat, percent: 7, amount: 70, lines: [2] },
  ];
  expect(read({ taxes, currency: "USD" }, ["20", "10"])).toBe("380 70");
});

test.each([
  // 0.57 cents a line: no cent, or one.
  [["0.03", "0.03", "0.03"], "0 3"],
  [["0.03", "0.03", "-0.09"], "-2 1"],
  [["20.05"], "380 381"],
])("of lines of %s at 19 %% only what somebody may round them to", (amounts, bounds) => {
  const [least = 0, most = 0] = bounds.split(" ").map(Number);
  const isUsed = (amount: number) => read({ taxes: [{ ...vat, amount }] }, amounts) === `${amount}`;
  expect([least - 1, least, most, most + 1].map(isUsed)).toEqual([false, true, true, false]);
});
