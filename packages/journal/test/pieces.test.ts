import { at } from "@tallybook/testkit/facts";
import { expect, test } from "vitest";

import { piecesOf } from "../src/pieces.ts";
import type { Rating } from "../src/plan.ts";

const day = 86_400_000_000;

function rating(customer: string, from: number, days: number, tenant = "t"): Rating {
  const plan = {} as Rating["plan"];
  const period = { from, to: from + days * day };
  const rest = { plan, prices: [], part: null, catalog_offset: 0, rated: null };
  return { tenant, customer, subscription: `${customer}:p`, period, ...rest };
}

test("ten thousand anniversaries of one month are read in fifty pieces", () => {
  const plan = Array.from({ length: 10_000 }, (_, index) =>
    rating(`c${index}`, at("2024-01-01") + ((index * 7_919) % 10_000) * 260_000_000, 31),
  );
  const pieces = piecesOf(plan, () => 200);
  expect(pieces).toHaveLength(50);
  expect(new Set(pieces.flatMap(({ ratings }) => ratings))).toEqual(new Set(plan));
  for (const { customers, span, ratings } of pieces) {
    expect(customers).toHaveLength(200);
    expect(span.to - span.from).toBeLessThan(62 * day);
    expect(Math.min(...ratings.map(({ period }) => period.from))).toBe(span.from);
    expect(Math.max(...ratings.map(({ period }) => period.to))).toBe(span.to);
  }
});

test("periods of other lengths, other tenants, and of long ago are read for themselves", () => {
  const now = at("2024-01-01");
  const pieces = piecesOf(
    [
      rating("a", now, 31),
      rating("a", now + 30 * day, 1),
      rating("b", now, 31, "other"),
      rating("b", at("2021-01-01"), 31),
      rating("c", now + 3 * day, 31),
    ],
    () => 200,
  );
  expect(pieces.map(({ tenant, customers }) => `${tenant} ${customers.join()}`).toSorted()).toEqual(
    ["other b", "t a", "t a,c", "t b"],
  );
});

test("years of one subscription's days are read a few at a time", () => {
  const plan = Array.from({ length: 730 }, (_, index) => rating("a", index * day, 1));
  const pieces = piecesOf(plan, () => 200);
  expect(pieces.flatMap(({ ratings }) => ratings)).toEqual(plan);
  for (const { span } of pieces) expect(span.to - span.from).toBeLessThanOrEqual(4 * day);
});
