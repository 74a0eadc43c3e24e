import { applyPrepaid, drawPrepaid, type PrepaidRule } from "@tallybook/credits";
import { currency, type Currency, decimal, toText } from "@tallybook/money";
import { expect, test } from "vitest";

const usd = currency("USD") as Currency;
const rule: PrepaidRule = { pays: "usage", draws: "minor_units", currency: usd };
const zero = decimal("0");

const line = (due: string, kind: "usage" | "fixed" = "usage", applied = "0") => ({
  due: decimal(due),
  applied: decimal(applied),
  kind,
});
const paid = (lines: ReturnType<typeof line>[], balances: Record<string, string>, by = rule) => {
  const wallets = Object.entries(balances).map(([wallet, text]) => ({
    wallet,
    balance: decimal(text),
  }));
  const { applied, debits } = applyPrepaid(lines, wallets, by);
  return [
    applied.map(toText),
    Object.fromEntries([...debits].map(([id, debit]) => [id, toText(debit)])),
  ];
};

test("wallets pay line by line, the first as far as it goes", () => {
  expect(paid([line("50")], { a: "30", b: "40" })).toEqual([["50"], { a: "30", b: "20" }]);
  expect(paid([line("20"), line("30")], { a: "25", b: "4" })).toEqual([
    ["20", "9"],
    { a: "25", b: "4" },
  ]);
});

test("fixed lines are paid only where the rule says so, and what is paid already is not paid twice", () => {
  expect(paid([line("100", "fixed")], { a: "100" })).toEqual([["0"], {}]);
  const every = { ...rule, pays: "every_line" } as const;
  expect(paid([line("100", "fixed", "40")], { a: "100" }, every)).toEqual([["60"], { a: "60" }]);
  expect(paid([line("-5"), line("5", "usage", "7")], { a: "100" })).toEqual([["0", "0"], {}]);
});

test("dust below the minor unit stays in the wallet, unless draws are exact", () => {
  expect(paid([line("1")], { a: "0.001" })).toEqual([["0"], {}]);
  expect(paid([line("1")], { a: "0.001", b: "1" })).toEqual([["1"], { b: "1" }]);
  expect(paid([line("1")], { a: "0.001" }, { ...rule, draws: "exact" })).toEqual([
    ["0.001"],
    { a: "0.001" },
  ]);
});

test("a balance pays a total, never more than there is", () => {
  const draw = (total: string, balance: string) => {
    const { applied, left, balance: after } = drawPrepaid(decimal(total), decimal(balance));
    return [applied, left, after].map(toText).join(" ");
  };
  expect(draw("0.11", "100")).toBe("0.11 0 99.89");
  expect(draw("10", "4")).toBe("4 6 0");
  expect(draw("-1", "4")).toBe("0 -1 4");
  expect(toText(drawPrepaid(zero, zero).left)).toBe("0");
});
