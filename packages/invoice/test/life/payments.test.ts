import { expect, test } from "vitest";

import { newStory } from "./story.ts";

test("a payment is taken off what is open, the oldest invoice first, and its rest is the customer's credit", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.invoice("INV-2", "500");
  expect(story.standing()).toBe("INV-1 finalized 2000, INV-2 finalized 500, credit 0");
  expect(story.pay("p1", "1500")).toBe("told");
  expect(story.standing()).toBe("INV-1 partly_paid 500, INV-2 finalized 500, credit 0");
  expect(story.pay("p2", "1250")).toBe("told");
  expect(story.standing()).toBe("INV-1 paid 0, INV-2 paid 0, credit 250");
  expect(story.text()).toBe(
    [
      "2024-01-15  payment default/payments/p1  assets:bank                 15 USD",
      "                                         assets:receivable:acme     -15 USD",
      "2024-01-15  payment default/payments/p2  assets:bank               12.5 USD",
      "                                         assets:receivable:acme     -10 USD",
      "                                         liabilities:credits:acme  -2.5 USD",
    ].join("\n"),
  );
});

test("a payment that names its invoices is taken off those alone", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.invoice("INV-2", "500");
  expect(story.pay("p1", "700", ["INV-2"])).toBe("told");
  expect(story.standing()).toBe("INV-1 finalized 2000, INV-2 paid 0, credit 200");
  expect(story.posted.at(-1)?.evidence.settles).toEqual([{ invoice: "id of INV-2", amount: "5" }]);
});

test("an invoice that is paid twice leaves the second payment as credit", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.pay("p1", "2000", ["INV-1"]);
  story.pay("p2", "2000", ["INV-1", "id of INV-1"]);
  expect(story.standing()).toBe("INV-1 paid 0, credit 2000");
});

test("a payment that bounces is owed again, and takes its credit with it", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.pay("p1", "2300");
  expect(story.reverse("p1")).toBe("told");
  expect(story.standing()).toBe("INV-1 finalized 2000, credit 0");
  expect(story.balances()).toEqual({});
  expect(story.posted.at(-1)).toMatchObject({
    transaction_kind: "payment_reversal",
    adjusts: story.posted[0]?.id,
    evidence: { settles: [{ invoice: "id of INV-1", amount: "-20" }] },
  });
  expect(story.reverse("p1")).toBe("known");
  expect(story.posted).toHaveLength(2);
});

test("the same payment counts once, and another one needs another id", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  expect(story.pay("p1", "500")).toBe("told");
  expect(story.pay("p1", "500")).toBe("known");
  expect(story.pay("p1", "501")).toBe(
    'payment: It stands for another one already, whose amount is "500", not "501": give this one an id of its own.',
  );
  expect(story.standing()).toBe("INV-1 partly_paid 1500, credit 0");
});

test("the same payment of other invoices needs another id, and is repeated by its own or none", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.invoice("INV-2", "2000");
  expect(story.pay("p1", "500", ["INV-1"])).toBe("told");
  expect(story.pay("p1", "500", ["id of INV-1"])).toBe("known");
  expect(story.pay("p1", "500")).toBe("known");
  expect(story.pay("p1", "500", ["INV-2"])).toBe(
    'payment: It stands for another one already, whose list of invoices is ["INV-1"], not ["INV-2"]: give this one an id of its own.',
  );
  story.pay("p2", "4000");
  story.invoice("INV-3", "300");
  expect(story.apply("a1", null, ["INV-3"])).toBe("told");
  expect(story.apply("a1", null, ["INV-2"])).toContain('whose list of invoices is ["INV-3"]');
  expect(story.standing()).toBe("INV-1 paid 0, INV-2 paid 0, INV-3 paid 0, credit 200");
});

test("what is of nobody, of another customer or in another currency is refused, with what to do", () => {
  const story = newStory();
  story.invoice("INV-1", "2000", { customer: "other" });
  story.invoice("INV-2", "2000", { currency: "EUR" });
  expect(story.pay("p1", "500", ["INV-9"])).toBe(
    "invoices: There is no invoice INV-9 that is finalized: a draft is paid by nobody.",
  );
  expect(story.pay("p1", "500", ["INV-1"])).toBe(
    "invoices: INV-1 is of other, and the money of acme: record what each of them paid.",
  );
  expect(story.pay("p1", "500", ["INV-2"])).toBe(
    "currency: INV-2 is in EUR, and the money in USD: record it as the EUR that the bank made of it.",
  );
  expect(story.reverse("p1")).toBe("payment: There is no payment p1: GET /v1/payments lists them.");
  expect(story.facts).toHaveLength(2);
});

test("what gives back asks for nothing, and takes nothing of a payment", () => {
  const story = newStory();
  story.invoice("INV-1", "-300");
  story.invoice("INV-2", "500");
  expect(story.pay("p1", "500")).toBe("told");
  expect(story.standing()).toBe("INV-1 paid -300, INV-2 paid 0, credit 0");
});
