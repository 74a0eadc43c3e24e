import { emptyCatalog, evolve } from "@tallybook/catalog";
import { expect, test } from "vitest";

import { createOrders } from "../src/orders.ts";
import { billedIn, createPassing } from "../src/passing.ts";
import type { Passing } from "../src/passing.ts";

/** A step that is wholly invoiced and has seen the catalog below an offset. */
function pass(passing: Passing, step: number, catalog_offset: number): void {
  const head = { step } as Parameters<Passing["passed"]>[0]["head"];
  passing.passed({ head, catalog_offset, invoices_offset: step });
}

test("who waits for a step learns of the first that has seen the fact, once it has passed", async () => {
  const passing = createPassing();
  expect(await passing.stepThatSaw(7, 1)).toBeUndefined();
  pass(passing, 0, 5);
  const waiting = passing.stepThatSaw(7, 30_000);
  // The second step of a cut sees nothing more of the catalog.
  pass(passing, 1, 7);
  pass(passing, 2, 7);
  pass(passing, 3, 8);
  pass(passing, 4, 12);
  expect(await waiting).toBe(3);
  expect(await passing.stepThatSaw(7, 1)).toBe(3);
  expect(await passing.stepThatSaw(4, 1)).toBe(0);
  expect(await passing.stepThatSaw(12, 1)).toBeUndefined();
});

test("a journal that is read again changes nothing, and what was written since is known", async () => {
  const passing = createPassing();
  pass(passing, 0, 5);
  pass(passing, 1, 9);
  pass(passing, 0, 5);
  expect(passing.standing()).toMatchObject({ head: { step: 1 }, invoices_offset: 1 });
  expect(await passing.stepThatSaw(5, 1)).toBe(1);
});

test("a tenant's list waits for its own bills alone", async () => {
  const passing = createPassing();
  const asked = { tenant: "default", recorded_at: 0, actor: "k", subscription: "s1" };
  const catalog = evolve(emptyCatalog(), { kind: "BillingRequested", ...asked }, 6);
  const billed = billedIn({ catalog: () => catalog, passing, msMax: 1 });
  expect(await billed("default")).toBe(false);
  expect(await billed("others")).toBe(true);
  pass(passing, 0, 7);
  expect(await billed("default")).toBe(true);
});

test("an order that takes too long is answered with 503, and stays the next until it is done", async () => {
  const orders = createOrders(1);
  const order = { tenant: "default", invoice: "a" };
  await expect(orders.finalize(order)).rejects.toMatchObject({ details: { status: 503 } });
  const next = orders.next();
  expect(next).toEqual({ kind: "finalize", ...order });
  expect(orders.next()).toBe(next);
  if (next !== undefined) orders.done(next);
  expect(orders.next()).toBeUndefined();
});
