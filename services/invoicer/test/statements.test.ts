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

test("what a customer owes is asked for as JSON and as a table, and grows with the journal", async () => {
  expect((await desk.ask("GET", "/v1/receivables")).body).toMatchObject({
    complete: false,
    receivables: [{ customer: "acme", currency: "USD", receivable: "25", credit: "0" }],
    totals: [{ currency: "USD", receivable: "25" }],
  });
  office.step(1, fee("s1", december, december + 1, "3"));
  expect((await desk.ask("GET", "/v1/receivables")).body.totals).toMatchObject([
    { receivable: "28", invoiced: "25", not_invoiced: "3" },
  ]);
  const table = await desk.text("/v1/receivables.csv?customer=acme");
  expect(table).toBe(
    "customer,currency,current,days_1_30,days_31_60,days_61_90,days_over_90,invoiced,disputed,not_invoiced,receivable,credit\r\n" +
      "acme,USD,25,0,0,0,0,25,0,3,28,0\r\n",
  );
  expect((await desk.ask("GET", "/v1/receivables?as_of=2023-11-01T00:00:00Z")).body).toMatchObject({
    receivables: [{ invoiced: "0", not_invoiced: "28" }],
  });
  expect((await desk.ask("GET", "/v1/receivables?as_of=x")).status).toBe(400);
  const invoice = office.invoices()[0]?.invoice ?? "";
  for (const [tenant, amount] of [
    ["default", "1500"],
    ["others", "300"],
  ] as const)
    void office.orders.dispute({ ...disputed, tenant, invoice, amount, dispute: tenant });
  await office.work();
  expect((await desk.ask("GET", "/v1/receivables")).body.totals).toMatchObject([
    { invoiced: "28", disputed: "15" },
  ]);
});

const disputed = {
  kind: "DisputeOpened",
  number: "INV-000001",
  customer: "acme",
  line: 1,
  currency: "USD",
  reason: "not ours",
  replay_verdict: "exact",
  replay_detail: "",
  replay_digest: new Uint8Array(),
  actor: "k",
  opened_at: 0,
} as const;

test("a statement is asked for as JSON and as a table", async () => {
  expect((await desk.ask("GET", "/v1/statements/acme?to=2030-01-01T00:00:00Z")).body).toMatchObject(
    {
      customer: "acme",
      currency: "USD",
      opening: "0",
      lines: [
        { what: "invoice", reference: "INV-000001", amount: "20", balance: "20" },
        { what: "invoice", reference: "INV-000002", amount: "5", balance: "25" },
      ],
      closing: "25",
    },
  );
  expect(await desk.text("/v1/statements/acme.csv?to=2030-01-01T00:00:00Z")).toBe(
    [
      "time,what,reference,amount,balance,currency",
      ",opening,,,0,USD",
      "2024-01-01T00:00:00Z,invoice,INV-000001,20,20,USD",
      "2024-01-01T00:00:00Z,invoice,INV-000002,5,25,USD",
      ",closing,,,25,USD",
      "",
    ].join("\r\n"),
  );
  expect((await desk.ask("GET", "/v1/statements/nobody")).status).toBe(404);
});
