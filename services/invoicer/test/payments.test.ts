import { afterEach, beforeEach, expect, test } from "vitest";

import { december, fee, november, openOffice } from "./office.ts";
import { openLifeDesk } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";

let office: Awaited<ReturnType<typeof openOffice>>;
let desk: LifeDesk;

beforeEach(async () => {
  office = await openOffice();
  office.step(0, fee("s1", november, december, "20"), fee("s2", november, december, "5"));
  await office.work();
  desk = await openLifeDesk(office);
});
afterEach(() => desk.close());

const payment = { payment: "bank-1", customer: "acme", amount: "2300", currency: "USD" };

test("a payment is recorded once, shown, taken back, and the invoices say how far they are paid", async () => {
  const { ask } = desk;
  for (let time = 0; time < 2; time += 1)
    expect(await ask("POST", "/v1/payments", payment)).toMatchObject({
      status: 201,
      body: {
        payment: "bank-1",
        status: "recorded",
        method: "bank_transfer",
        reference: null,
        settles: [
          { number: "INV-000001", amount: "2000" },
          { number: "INV-000002", amount: "300" },
        ],
        credited: "0",
        reversed: null,
      },
    });
  expect(await ask("GET", "/v1/invoices/INV-000002/state")).toMatchObject({
    status: 200,
    body: { state: "partly_paid", total: "500", paid: "300", open: "200" },
  });
  expect((await ask("GET", "/v1/payments?customer=acme")).body).toMatchObject({
    payments: [{ payment: "bank-1" }],
    next: null,
  });
  expect((await ask("GET", "/v1/payments?status=reversed")).body.payments).toEqual([]);
  expect(await ask("POST", "/v1/payments", { ...payment, amount: "1" })).toMatchObject({
    status: 409,
    body: { errors: [{ field: "payment", reason: "conflict" }] },
  });
  for (let time = 0; time < 2; time += 1)
    expect(await ask("POST", "/v1/payments/bank-1/reverse", { reason: "returned" })).toMatchObject({
      status: 200,
      body: { status: "reversed", reversed: { reason: "returned" } },
    });
  expect((await ask("GET", "/v1/invoices/INV-000001/state")).body).toMatchObject({
    state: "finalized",
    paid: "0",
    open: "2000",
  });
  // The same facts, once each, whatever was asked for how often; who reads it all again comes to the same.
  await office.work();
  expect(office.facts().map(({ kind }) => kind)).toEqual([
    "InvoiceFinalized",
    "InvoiceFinalized",
    "PaymentRecorded",
    "PaymentReversed",
  ]);
});

test.each([
  [422, "currency", { ...payment, currency: "EUR" }],
  [422, "customer", { ...payment, customer: "nobody" }],
  [422, "amount", { ...payment, amount: 2300 }],
  [422, "amount", { ...payment, amount: "0" }],
  [422, "amount", { ...payment, amount: "-5" }],
  [422, "payment", { ...payment, payment: "a\nb" }],
  [422, "invoices", { ...payment, invoices: ["INV-000009"] }],
  [422, "received_at", { ...payment, received_at: "2999-01-01T00:00:00Z" }],
  [422, "other", { ...payment, other: 1 }],
])("a payment that is none is refused with %i for %s", async (status, field, body) => {
  expect(await desk.ask("POST", "/v1/payments", body)).toMatchObject({
    status,
    body: { errors: [{ field }] },
  });
  expect(office.facts()).toHaveLength(2);
});

test("who may only read records nothing, and another tenant sees nothing", async () => {
  desk.as({ role: "analyst" });
  expect((await desk.ask("POST", "/v1/payments", payment)).status).toBe(403);
  desk.as({ role: "finance" });
  await desk.ask("POST", "/v1/payments", payment);
  desk.as({ tenant: "others" });
  expect((await desk.ask("GET", "/v1/payments/bank-1")).status).toBe(404);
  expect((await desk.ask("GET", "/v1/payments")).body.payments).toEqual([]);
  expect((await desk.ask("POST", "/v1/payments/bank-1/reverse", { reason: "x" })).status).toBe(404);
});

test.each([0, 1])(
  "an answer of Kafka that is lost (%i: with what was written) counts nothing twice",
  async (written) => {
    const lost = { at: 1, isWritten: written === 1 };
    const own = await openOffice(lost);
    own.step(0, fee("s1", november, december, "20"));
    await own.work();
    const other = await openLifeDesk(own);
    expect((await other.ask("POST", "/v1/payments", payment)).status).toBe(201);
    expect(lost.at).toBeLessThan(0);
    expect(own.facts().filter(({ kind }) => kind === "PaymentRecorded")).toHaveLength(1);
    await other.close();
  },
);
