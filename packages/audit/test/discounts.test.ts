import { reconcile, replay } from "@tallybook/audit";
import type { Reconciliation } from "@tallybook/audit";
import { coupon, couponApplied, subscription } from "@tallybook/testkit/facts";
import { decode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office, Tamper } from "./bookkeeper.ts";

const subscriptions = [
  subscription("s1", "acme", "dev", "2023-11-01", "2023-12-01"),
  coupon("fifth", { percent_off: "20", name: "A fifth off" }),
  couponApplied("fifth", "acme/s1", "2023-11-01"),
];

const books = (tamper?: Tamper) => keepBooks(tamper, { ...usualTerms, subscriptions });

/** Which line of which invoice is of a coupon, and what it says. */
function discountLines({ log }: Office) {
  return log.recordsOf(topics.invoices, 0).flatMap(({ value }) => {
    const fact = decode(value);
    if (fact.kind !== "InvoiceFinalized") return [];
    return fact.lines.flatMap(({ transaction_kind, description, exact }, index) =>
      transaction_kind === "discount"
        ? [{ invoice: fact.invoice, line: index + 1, description, exact }]
        : [],
    );
  });
}

const discountsIn = ({ rows }: Reconciliation) =>
  rows.filter(({ name }) => name.startsWith("discounts of the coupons"));

test("a coupon is a line of the invoice, and comes out again", async () => {
  const kept = await books();
  const [own, late] = discountLines(kept);
  expect(own?.description).toBe("A fifth off (coupon fifth), version 1: 20 % off");
  expect(late?.description).toMatch(
    /^Late usage of 2023-11-01 to 2023-12-01: A fifth off \(coupon fifth\), version 1: 20 % off, less/,
  );
  for (const at of [own, late]) {
    const again = await replay({ ...kept, invoice: at?.invoice ?? "", line: at?.line ?? 0 });
    expect(again.verdict).toEqual({ kind: "equal" });
    expect(again.lines[0]?.explanation).toContain("20 % off");
  }
  const reconciled = await reconcile(kept);
  expect(reconciled.rows.filter(({ residual }) => residual !== "0")).toEqual([]);
  const [row] = discountsIn(reconciled);
  expect(Number(row?.left)).toBeGreaterThan(0);
});

test("what a coupon would take off otherwise is found", async () => {
  const dearer = await books((fact) =>
    fact.kind === "ObjectRevised" && fact.collection === "coupons"
      ? { ...fact, body: { ...fact.body, percent_off: "21" } }
      : fact,
  );
  const [row] = discountsIn(await reconcile(dearer));
  expect(row?.residual).not.toBe("0");
  const [own] = discountLines(dearer);
  const again = await replay({ ...dearer, invoice: own?.invoice ?? "", line: own?.line ?? 0 });
  expect(again.verdict).toMatchObject({ kind: "different" });
});
