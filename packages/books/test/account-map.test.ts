import { accountMap, mapFaults, UnmappedAccount } from "@tallybook/books";
import { expect, test } from "vitest";

const rules = [
  { from: "assets:receivable:*", to: "Debtors:*" },
  { from: "income:usage:*:*", to: "Usage:*" },
  { from: "income:**", to: "Other:**" },
];

test("the first rule that fits names an account", () => {
  const nameOf = accountMap(rules);
  expect(nameOf("assets:receivable:acme")).toBe("Debtors:acme");
  expect(nameOf("income:usage:plan:price")).toBe("Usage:plan");
  expect(nameOf("income:usage:plan")).toBe("Other:usage:plan");
  expect(nameOf("income:rounding")).toBe("Other:rounding");
});

test("what wildcards stand for is written for the dialect, what a rule spells is not", () => {
  const nameOf = accountMap([{ from: "a:*", to: "as spelled:*" }], (part) => part.toUpperCase());
  expect(nameOf("a:b")).toBe("as spelled:B");
});

test("an account that no rule names is said", () => {
  expect(() => accountMap(rules)("liabilities:tax")).toThrow(UnmappedAccount);
  expect(() => accountMap(rules)("assets:receivable:a:b")).toThrow("assets:receivable:a:b");
});

test("rules that cannot be used are said, each with its number", () => {
  expect(mapFaults(rules)).toEqual([]);
  const faulty = [
    { from: "a:**:b", to: "x" },
    { from: "a:*", to: "x:*:*" },
    { from: "c", to: "x" },
    { from: "c", to: "y:" },
  ];
  expect(mapFaults(faulty).map(({ rule, why }) => `${rule} ${why}`)).toEqual([
    expect.stringContaining("1 `from: a:**:b`: ** may only be the last part"),
    expect.stringContaining("2 `to: x:*:*` asks for more"),
    expect.stringContaining("4 `to: y:` has an empty part"),
    expect.stringContaining("4 `from: c` is rule 3 already"),
  ]);
});
