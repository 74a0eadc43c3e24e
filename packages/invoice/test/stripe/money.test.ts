import { evolveReceivables, noReceivables, receivableOf } from "@tallybook/invoice";
import type { InvoicesFact, StripeOrder } from "@tallybook/invoice";
import { decimal, sub, sum, toText } from "@tallybook/money";
import fc from "fast-check";
import { expect, test } from "vitest";

import { at, newStory } from "../life/story.ts";
import type { Story } from "../life/story.ts";

type TakeEvent = Extract<StripeOrder, { order: "take_event" }>;

const now = at("2024-01-15");
const invoice = "id of INV-1";
const hand: StripeOrder = {
  order: "hand_to_stripe",
  tenant: "default",
  invoice,
  account: "main",
  stripe_customer: "cus_1",
  collection: "charge_automatically",
  days_until_due: null,
  actor: "k",
  ordered_at: now,
};

function note(outcome: Extract<StripeOrder, { order: "note_stripe" }>["outcome"], hand_off = 1) {
  const of = { tenant: "default", invoice, hand_off, noted_at: now };
  return { order: "note_stripe", ...of, outcome } as const;
}

const handed = note({
  kind: "handed",
  stripe_invoice: "in_1",
  payment_intents: ["pi_1"],
  hosted_url: "",
});

function told(event: string, changed: Partial<TakeEvent>): TakeEvent {
  return {
    order: "take_event",
    tenant: "default",
    account: "main",
    event,
    type: "invoice.paid",
    stripe_invoice: "in_1",
    made_for: { tenant: "default", invoice },
    status: "",
    paid: null,
    charge: "",
    refunded: null,
    payment_intents: [],
    detail: "",
    happened_at: at("2024-01-10"),
    taken_at: now,
    ...changed,
  };
}

const paid = (event: string, amount: string, status = "paid") =>
  told(event, { paid: amount, status });
const refunded = (event: string, amount: string) =>
  told(event, { stripe_invoice: "", charge: "ch_1", refunded: amount, payment_intents: ["pi_1"] });

function collected(): Story {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.invoice("INV-2", "500");
  story.stripe(hand);
  story.stripe(handed);
  return story;
}

const last = (story: Story) => story.facts.at(-1);

test("what Stripe collects pays the invoice, once, whatever tells it how often", () => {
  const story = collected();
  expect(story.stripe(paid("evt_1", "2000"))).toBe("2 told");
  expect(story.standing()).toBe("INV-1 paid 0, INV-2 finalized 500, credit 0");
  expect(story.stripe(paid("evt_1", "2000"))).toBe("0 told");
  // Another event about the same money, as Stripe sends for invoice.payment_succeeded.
  expect(story.stripe(paid("evt_2", "2000"))).toBe("1 told");
  expect(story.stripe(paid("evt_0", "700", "open"))).toBe("1 told");
  expect(story.balances()).toEqual({
    "assets:bank": "20",
    "assets:receivable:acme": "-20",
  });
  expect(story.facts.find(({ kind }) => kind === "PaymentRecorded")).toMatchObject({
    payment: "stripe:evt_1",
    method: "stripe",
    reference: "in_1",
    received_at: at("2024-01-10"),
  });
});

test("what is paid beyond is the customer's credit, and not taken off other invoices", () => {
  const story = collected();
  story.stripe(paid("evt_1", "2300"));
  expect(story.standing()).toBe("INV-1 paid 0, INV-2 finalized 500, credit 300");
});

test("what Stripe gives back is owed again, all of it or a part", () => {
  const story = collected();
  story.stripe(paid("evt_1", "2000"));
  story.stripe(refunded("evt_2", "500"));
  expect(story.standing()).toBe("INV-1 partly_paid 500, INV-2 finalized 500, credit 0");
  story.stripe(refunded("evt_3", "2000"));
  expect(story.standing()).toBe("INV-1 finalized 2000, INV-2 finalized 500, credit 0");
  expect(story.balances()).toEqual({});
});

test("behind a credit note Stripe gives the credit back", () => {
  const story = collected();
  story.stripe(paid("evt_1", "2000"));
  expect(story.note("credit", "n", "INV-1", [[1, "300"]])).toBe("told");
  story.stripe(refunded("evt_2", "300"));
  expect(story.standing()).toBe("INV-1 paid 0, INV-2 finalized 500, credit 0");
  expect(story.facts.some(({ kind }) => kind === "CreditRefunded")).toBe(true);
});

test("what is given back before it is told that it was paid is taken off that", () => {
  const story = collected();
  story.stripe(refunded("evt_2", "500"));
  expect(story.standing()).toContain("INV-1 finalized 2000");
  expect(last(story)).toMatchObject({ detail: expect.stringContaining("500 USD") });
  story.stripe(paid("evt_1", "2000"));
  expect(story.standing()).toContain("INV-1 partly_paid 500");
});

test("what is paid before it is noted that Stripe has the invoice counts, and stays", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.stripe(hand);
  expect(story.stripe(paid("evt_1", "2000"))).toBe("2 told");
  expect(story.standing()).toBe("INV-1 paid 0, credit 0");
  expect(story.stripe(handed)).toBe("1 told");
  expect(story.stripe(paid("evt_2", "2000"))).toBe("1 told");
  story.stripe(refunded("evt_3", "2000"));
  expect(story.standing()).toBe("INV-1 finalized 2000, credit 0");
  // It is over at Stripe.
  expect(story.note("credit", "n", "INV-1", [[1, "300"]])).toBe("told");
});

test("what is about no invoice of ours is noted, and moves nothing", () => {
  const story = collected();
  const none = { stripe_invoice: "in_9", made_for: null, paid: "700" };
  expect(story.stripe(told("evt_1", none))).toBe("1 told");
  const others = { ...none, made_for: { tenant: "others", invoice } };
  expect(story.stripe(told("evt_0", others))).toBe("1 told");
  expect(last(story)).toMatchObject({ kind: "StripeEventTaken", invoice: "", payments: [] });
  expect(story.posted).toEqual([]);
});

test("nothing changes what Stripe collects before it is withdrawn, and says how to", () => {
  const story = collected();
  for (const refusal of [
    story.void("INV-1"),
    story.note("credit", "n", "INV-1", [[1, "300"]]),
    story.note("debit", "n", "INV-1", [[1, "300"]]),
  ])
    expect(refusal).toContain("tally stripe withdraw INV-1");
  story.pay("p", "2700", ["INV-2"]);
  expect(story.apply("a", null, ["INV-1"])).toContain("withdraw");
  // Money that came otherwise is there; what Stripe collects on top is credit.
  expect(story.pay("q", "100", ["INV-1"])).toBe("told");
  story.stripe({
    order: "withdraw_from_stripe",
    tenant: "default",
    invoice,
    reason: "wrong",
    actor: "k",
    ordered_at: now,
  });
  expect(story.note("credit", "n", "INV-1", [[1, "300"]])).toContain("with Stripe");
  story.stripe(note({ kind: "withdrawn" }));
  expect(story.note("credit", "n", "INV-1", [[1, "300"]])).toBe("told");
  // It is handed again with what is open then, as another hand-off.
  expect(story.stripe(hand)).toBe("1 told");
  expect(last(story)).toMatchObject({ hand_off: 2, amount: "1600" });
  // What comes late of the first is no more about this one.
  expect(story.stripe(handed)).toBe("0 told");
});

test("a refusal of Stripe is kept with why, and the invoice handed again", () => {
  const story = newStory();
  story.invoice("INV-1", "2000");
  story.stripe(hand);
  expect(story.stripe(hand)).toBe("0 told");
  story.stripe(note({ kind: "refused", asked: "hand_off", reason: "No such customer" }));
  expect(last(story)).toMatchObject({ kind: "StripeRefused", reason: "No such customer" });
  expect(story.void("INV-1")).toBe("told");
  expect(story.stripe(hand)).toContain("Nothing is open");
});

/** What happens at Stripe: taken for the invoice, or given back of the charge, so far. */
const history = fc
  .array(fc.tuple(fc.boolean(), fc.constantFrom(100, 300, 700, 1500)), { maxLength: 8 })
  .map((steps) => {
    let [taken, back] = [0, 0];
    return steps.flatMap(([isPaid, amount], nth) => {
      if (!isPaid && back + amount > taken) return [];
      if (isPaid) taken += amount;
      else back += amount;
      const event = isPaid ? paid : refunded;
      return [{ order: event(`evt_${nth}`, String(isPaid ? taken : back)), taken, back }];
    });
  });
const others = fc.constantFrom<(story: Story) => unknown>(
  (story) => story.pay("bank", "400", ["INV-1"]),
  (story) => story.note("credit", "n1", "INV-1", [[1, "300"]]),
  (story) => story.note("debit", "n2", "INV-1", [[1, "100"]]),
  (story) => story.void("INV-1"),
);

test("in whatever order Stripe tells it, and however often, what it took less what it gave back is in the books", () => {
  const deliveries = history.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.array(fc.nat(Math.max(0, all.length - 1)), { maxLength: 30 }),
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.array(fc.tuple(fc.nat(30), others), { maxLength: 4 }),
    ),
  );
  fc.assert(
    fc.property(deliveries, ([all, repeats, order, between]) => {
      const story = collected();
      const some = repeats.flatMap((at) => all[at] ?? []);
      for (const [nth, { order: event }] of [...some, ...order, ...some].entries()) {
        for (const [at, other] of between) if (at === nth) other(story);
        story.stripe(event);
      }
      const { taken = 0, back = 0 } = all.at(-1) ?? {};
      expect(netOf(story.facts)).toBe(String(taken - back));
      const known = story.facts.reduce(evolveReceivables, noReceivables());
      const open = receivableOf(known, "default", "INV-1")?.open ?? decimal("-1");
      expect(Number(toText(open))).toBeGreaterThanOrEqual(0);
      expect(toText(sum(Object.values(story.balances()).map(decimal)))).toBe("0");
    }),
    { numRuns: 500 },
  );
});

/** What is recorded by Stripe: payments that stand, less what was paid out. */
function netOf(facts: readonly InvoicesFact[]): string {
  const reversed = new Set(
    facts.flatMap((fact) => (fact.kind === "PaymentReversed" ? [fact.payment] : [])),
  );
  const moved = facts.flatMap((fact) => {
    if (fact.kind === "PaymentRecorded" && fact.method === "stripe")
      return reversed.has(fact.payment) ? [] : [decimal(fact.amount)];
    if (fact.kind === "CreditRefunded") return [sub(decimal("0"), decimal(fact.amount))];
    return [];
  });
  return toText(sum(moved));
}
