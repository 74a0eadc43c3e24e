import { expect, test } from "vitest";

import { placed } from "../src/right-to-left.ts";

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
