import { knownAt } from "@tallybook/audit";
import { at } from "@tallybook/testkit/facts";
import { expect, test } from "vitest";

import { keepBooks } from "./bookkeeper.ts";

const november = {
  subscription: "s1",
  plan: "dev",
  price: "input",
  meter: "tokens",
  from: "2023-11-01T00:00:00Z",
  to: "2023-12-01T00:00:00Z",
};
const first = { cut: 1, quantity: "933333", amount: "0.4666665" };
/** With what came late: a million at 0.50, the rest at 0.30. */
const whole = { quantity: "1711110", amount: "0.713333" };

test("what we knew when we billed, and what it should have been, are one question asked of two cuts", async () => {
  const books = await keepBooks();
  for (const full of [false, true]) {
    const ask = (cut: number) => knownAt({ ...books, invoice: "INV-000001", at: { cut }, full });
    expect(await ask(1)).toMatchObject({
      number: "INV-000001",
      cut: 1,
      time: "2023-12-01T01:00:00Z",
      periods: [
        {
          ...november,
          billed: first,
          known: { quantity: "933333", amount: "0.4666665" },
          difference: "0",
        },
      ],
    });
    expect((await ask(2)).periods).toEqual([
      { ...november, billed: first, known: whole, difference: "0.2466665" },
    ]);
    expect((await ask(0)).periods).toMatchObject([{ known: { quantity: "0", amount: "0" } }]);
  }
});

test("the invoice of the adjustment is asked about the period that it adjusts", async () => {
  const books = await keepBooks();
  const { periods } = await knownAt({ ...books, invoice: "INV-000002", at: { cut: 2 } });
  expect(periods).toEqual([
    { ...november, billed: { cut: 2, ...whole }, known: whole, difference: "0" },
  ]);
});

test("a time means the last cut that was closed by then", async () => {
  const books = await keepBooks();
  const ask = (time: string) =>
    knownAt({ ...books, invoice: "INV-000001", at: { time: at(time) } });
  expect((await ask("2023-12-02T00:59:59Z")).cut).toBe(1);
  expect((await ask("2024-01-01")).cut).toBe(2);
  await expect(ask("2020-01-01")).rejects.toThrow("no closed cut");
});
