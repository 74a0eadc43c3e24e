import { Stripe } from "stripe";
import { expect, test } from "vitest";

import { readStripeEvent, toleranceSeconds } from "../src/index.ts";

const secret = "whsec_abcdefgh12345678";
const at = 1_700_000_000;

/** As Stripe's own library signs in tests. */
function signed(
  object: unknown,
  given: { readonly type?: string; readonly timestamp?: number } = {},
) {
  const { type = "invoice.paid", timestamp = at } = given;
  const payload = JSON.stringify({
    id: "evt_1",
    object: "event",
    type,
    created: 5,
    data: { object },
  });
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return { payload, header };
}

function read(object: unknown, type?: string) {
  const { payload, header } = signed(object, type === undefined ? {} : { type });
  const found = readStripeEvent(Buffer.from(payload), header, secret, at * 1_000);
  return found.kind === "read" ? found.event : undefined;
}

const invoice = {
  id: "in_1",
  object: "invoice",
  status: "paid",
  amount_due: 2000,
  amount_paid: 2000,
};

test("what Stripe has taken for an invoice is read, with what went beyond it", () => {
  expect(read({ ...invoice, currency: "usd" })).toEqual({
    event: "evt_1",
    type: "invoice.paid",
    happened_at: 5_000_000,
    stripe_invoice: "in_1",
    made_for: null,
    status: "paid",
    paid: "2000",
    charge: "",
    refunded: null,
    payment_intents: [],
    detail: "",
  });
  // Whether amount_paid holds what went beyond or not.
  expect(read({ ...invoice, amount_overpaid: 300 })?.paid).toBe("2300");
  expect(read({ ...invoice, amount_paid: 2300, amount_overpaid: 300 })?.paid).toBe("2300");
});

test.each([
  [{ ...invoice, amount_paid_off_stripe: 500 }, "1500"],
  [{ ...invoice, paid_out_of_band: true }, "0"],
])("what was paid outside of Stripe is no payment of it, and says so", (object, paid) => {
  const event = read(object);
  expect(event?.paid).toBe(paid);
  expect(event?.detail).toContain("outside of Stripe");
});

test("intents are read wherever a version of the API has them", () => {
  const payments = {
    data: [{ payment: { type: "payment_intent", payment_intent: { id: "pi_1" } } }],
  };
  expect(read({ ...invoice, payments })?.payment_intents).toEqual(["pi_1"]);
  expect(read({ ...invoice, payment_intent: "pi_2" })?.payment_intents).toEqual(["pi_2"]);
  const payment = { id: "inpay_1", object: "invoice_payment", invoice: "in_1" };
  expect(
    read({ ...payment, payment: { payment_intent: "pi_3" } }, "invoice_payment.paid"),
  ).toMatchObject({ stripe_invoice: "in_1", payment_intents: ["pi_3"], paid: null });
});

test("an invoice says for which of ours it was made", () => {
  const metadata = { tallybook_tenant: "acme", tallybook_invoice: "5a7b" };
  expect(read({ ...invoice, metadata })?.made_for).toEqual({ tenant: "acme", invoice: "5a7b" });
  expect(read({ ...invoice, metadata: { other: "1" } })?.made_for).toBeNull();
});

test("a charge says what was given back of it", () => {
  const charge = { id: "ch_1", object: "charge", payment_intent: "pi_1", amount_refunded: 700 };
  expect(read(charge, "charge.refunded")).toMatchObject({
    stripe_invoice: "",
    charge: "ch_1",
    refunded: "700",
    payment_intents: ["pi_1"],
    paid: null,
  });
});

test("of other objects, and of fields of another kind, nothing is taken", () => {
  expect(read({ id: "cus_1", object: "customer" }, "customer.created")).toMatchObject({
    stripe_invoice: "",
    paid: null,
    detail: "events of the type customer.created are not taken",
  });
  expect(read(null)).toMatchObject({ paid: null });
  const odd = {
    id: "in_1",
    object: "invoice",
    status: 5,
    amount_paid: "7",
    amount_due: -3,
    payments: [],
  };
  expect(read(odd)).toMatchObject({ stripe_invoice: "in_1", status: "", paid: "0" });
});

test("what is not signed with the secret over these bytes, or too old, is not read", () => {
  const { payload, header } = signed(invoice);
  const kind = (body: string, signature: string, own = secret, seconds = at) =>
    readStripeEvent(Buffer.from(body), signature, own, seconds * 1_000).kind;
  expect(kind(payload, header)).toBe("read");
  expect(kind(payload, header, secret, at + toleranceSeconds)).toBe("read");
  expect(kind(payload, header, secret, at + toleranceSeconds + 1)).toBe("unsigned");
  expect(kind(payload.replace("2000", "2001"), header)).toBe("unsigned");
  expect(kind(payload, header, "whsec_of_somebody_else")).toBe("unsigned");
  for (const signature of ["", "t=1", "v1=00", "nonsense", header.replace("v1=", "v0=")])
    expect(kind(payload, signature)).toBe("unsigned");
  const text = "no json";
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: text,
    secret,
    timestamp: at,
  });
  expect(kind(text, signature)).toBe("unsigned");
  expect(kind("", header)).toBe("unsigned");
});
