import { stripeSignature } from "@tallybook/testkit/stripe";
import { afterEach, beforeEach, expect, test } from "vitest";

import { december, fee, november } from "../office.ts";
import { lastOf, openCollected, openCounter, openProcess, secret } from "./desk.ts";

let collected: Awaited<ReturnType<typeof openCollected>>;
let process: ReturnType<typeof openProcess>;
let counter: Awaited<ReturnType<typeof openCounter>>;

beforeEach(async () => {
  collected = await openCollected();
  const { office, standIn } = collected;
  office.step(0, fee("s1", november, december, "20"));
  await office.work();
  process = openProcess(office, standIn.url);
  await process.work();
  counter = await openCounter(process);
});
afterEach(async () => {
  await counter.close();
  await collected.standIn.close();
});

function atStripe() {
  const [invoice] = collected.standIn.standing();
  if (invoice === undefined) throw new Error("an invoice at Stripe");
  return invoice;
}

test("what is paid at Stripe is a payment here, once, and what is given back is owed again", async () => {
  const { office, standIn } = collected;
  const { deliver, ask } = counter;
  standIn.pay(atStripe());
  const paid = standIn.event("invoice.paid", atStripe());
  expect([await deliver(paid), await deliver(paid)]).toEqual([200, 200]);
  expect(await deliver(standIn.event("invoice.payment_succeeded", atStripe()))).toBe(200);
  const payments = office.facts().filter(({ kind }) => kind === "PaymentRecorded");
  const { id } = JSON.parse(paid) as { id: string };
  expect(payments).toMatchObject([
    {
      payment: `stripe:${id}`,
      amount: "2000",
      method: "stripe",
      reference: atStripe().id,
      credited: "0",
    },
  ]);
  expect((await ask("GET", "/v1/stripe/hand-offs/INV-000001")).body).toMatchObject({
    status: "paid",
    stripe_invoice: atStripe().id,
  });
  atStripe().refunded = 500;
  expect(await deliver(standIn.event("charge.refunded", atStripe()))).toBe(200);
  expect(lastOf(office, "PaymentRecorded")).toMatchObject({ amount: "1500" });
  expect((await ask("GET", "/v1/stripe/events?invoice=INV-000001")).body.events).toMatchObject([
    { type: "invoice.paid", payments: [`stripe:${id}`], status: "paid" },
    { type: "invoice.payment_succeeded", payments: [] },
    { type: "charge.refunded", status: null },
  ]);
});

test("more than was asked for is the customer's credit", async () => {
  const { office, standIn } = collected;
  standIn.pay(atStripe(), 2_600);
  await counter.deliver(standIn.event("invoice.paid", atStripe()));
  expect(lastOf(office, "PaymentRecorded")).toMatchObject({ amount: "2600", credited: "600" });
});

test("a payment that failed is told with what Stripe does next, and nothing is recorded", async () => {
  const { office, standIn } = collected;
  atStripe().attempts = 4;
  await counter.deliver(standIn.event("invoice.payment_failed", atStripe()));
  expect(lastOf(office, "StripeEventTaken")).toMatchObject({
    detail: "not paid after 4 attempts: Stripe does not try again",
    paid: "0",
  });
  expect(lastOf(office, "PaymentRecorded")).toBeUndefined();
});

test("what is about another invoice is answered 200, and noted", async () => {
  const { office, standIn } = collected;
  const others = { id: "in_of_others", payment_intent: "pi_of_others", metadata: {} };
  const other = { ...atStripe(), ...others };
  for (const type of ["invoice.paid", "charge.refunded", "customer.created"])
    expect(await counter.deliver(standIn.event(type, { ...other, refunded: 5 }))).toBe(200);
  expect(office.facts().filter(({ kind }) => kind === "StripeEventTaken")).toMatchObject(
    Array.from({ length: 3 }, () => ({ invoice: "", payments: [] })),
  );
});

test("of a charge whose intent nobody has told, Stripe is asked, and where it is away, asked to tell it again", async () => {
  const { office, standIn } = collected;
  standIn.pay(atStripe());
  await counter.deliver(standIn.event("invoice.paid", atStripe()));
  // An intent that was attached later, as for a part of the amount.
  const other = { ...atStripe(), payment_intent: "pi_later", charge: "ch_later", refunded: 700 };
  const told = standIn.event("charge.refunded", other);
  standIn.fault = () => "away";
  expect(await counter.deliver(told)).toBe(503);
  standIn.fault = () => undefined;
  standIn.invoices.set(atStripe().id, { ...atStripe(), payment_intent: "pi_later" });
  expect(await counter.deliver(told)).toBe(200);
  expect(lastOf(office, "PaymentRecorded")).toMatchObject({ amount: "1300" });
});

test("what is not signed with the account's secret, or too old, or changed, is refused without a word of why", async () => {
  const { standIn, office } = collected;
  const { deliver, warned } = counter;
  standIn.pay(atStripe());
  const body = standIn.event("invoice.paid", atStripe());
  const at = Math.floor(process.clock.ms / 1_000);
  const facts = office.facts().length;
  for (const given of [
    { signature: "" },
    { signature: stripeSignature(body, "whsec_of_others", at) },
    { signature: stripeSignature(body.replace("2000", "1000"), secret, at) },
    { signature: stripeSignature(body, secret, at - 301) },
    { path: "others/main" },
    { path: "default/other" },
  ])
    expect(await deliver(body, given)).toBe(400);
  expect(office.facts()).toHaveLength(facts);
  expect(JSON.stringify(warned)).not.toContain("whsec");
  expect(await deliver(body, { signature: stripeSignature(body, secret, at - 299) })).toBe(200);
});

test("an invoice is handed over and withdrawn by people, and lists say how far it is", async () => {
  const { ask } = counter;
  const { office } = collected;
  const withdrawal = await ask("POST", "/v1/invoices/INV-000001/withdraw-from-stripe", {
    reason: "wrong",
  });
  expect(withdrawal).toMatchObject({ status: 202, body: { status: "withdrawing" } });
  await process.work();
  expect((await ask("GET", "/v1/stripe/hand-offs?status=withdrawn")).body).toMatchObject({
    hand_offs: [{ number: "INV-000001", amount: "2000", hand_off: 1 }],
    next: null,
  });
  const again = await ask("POST", "/v1/invoices/INV-000001/hand-to-stripe");
  expect(again).toMatchObject({ status: 202, body: { status: "waiting", hand_off: 2 } });
  await process.work();
  expect((await ask("GET", "/v1/stripe/hand-offs/INV-000001")).body.status).toBe("handed");
  expect(lastOf(office, "StripeHandOffOrdered")).toMatchObject({ actor: "k", hand_off: 2 });
  expect((await ask("GET", "/v1/stripe/hand-offs/INV-000009")).status).toBe(404);
  expect((await ask("POST", "/v1/invoices/INV-000001/withdraw-from-stripe", {})).status).toBe(422);
});
