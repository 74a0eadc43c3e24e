import { expect, test } from "vitest";

import { placed, runsOf } from "../src/right-to-left.ts";

test.each([
  ["Acme Corporation (c-1)", "Acme Corporation (c-1)"],
  ["שלום עולם", "עולם שלום"],
  ["Customer שלום עולם טוב, Acme שלום", "Customer טוב, עולם שלום Acme שלום"],
  ["شركة الاختبار (c-1)", "الاختبار شركة (c-1)"],
  ["", ""],
  ["two  blanks שלום  עולם", "two  blanks שלום  עולם"],
])("the words of %j are placed as %j", (text, expected) => {
  expect(placed(text)).toBe(expected);
});

test("what does not stand on one line is left as it is", () => {
  const long = Array.from({ length: 20 }, () => "שלום").join(" ");
  expect(placed(long)).toBe(long);
});

test.each([
  ["Acme (c-1)", ["Acme (c-1)"]],
  ["שלום עולם (c-1)", ["<שלום\u00a0עולם", " (c-1)"]],
  ["Customer שלום, Acme", ["Customer ", "<שלום,", " Acme"]],
  ["two  blanks שלום", ["two  blanks ", "<שלום"]],
])("%j is written in the parts %j", (text, expected) => {
  const runs = runsOf(text).map((run) => `${run.isRightToLeft ? "<" : ""}${run.text}`);
  expect(runs).toEqual(expected);
});
