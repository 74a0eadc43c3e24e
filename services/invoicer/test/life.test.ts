import { afterEach, beforeEach, expect, test } from "vitest";

import { december, fee, november, openOffice, usageBilled } from "./office.ts";
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

const state = async (name = "INV-000001") =>
  (await desk.ask("GET", `/v1/invoices/${name}/state`)).body;
const paid = { payment: "p1", customer: "acme", amount: "2000", currency: "USD" };

test("an invoice is sent, voided, and says what it was at each time", async () => {
  expect(await state()).toMatchObject({ state: "finalized", open: "2000", due_at: null });
  expect((await desk.ask("POST", "/v1/invoices/INV-000001/send", {})).body.state).toBe("sent");
  const voided = await desk.ask("POST", "/v1/invoices/INV-000001/void", { reason: "wrong plan" });
  expect(voided).toMatchObject({
    status: 200,
    body: {
      state: "voided",
      open: "0",
      total: "2000",
      history: [
        { what: "finalized", change: "2000" },
        { what: "sent", change: "0" },
        { what: "voided", change: "-2000" },
      ],
    },
  });
  expect(office.facts().at(-1)).toMatchObject({
    kind: "InvoiceVoided",
    reason: "wrong plan",
    postings: [
      { account: "assets:receivable:acme", amount: "-20" },
      { account: "income:usage:dev", amount: "20" },
    ],
  });
  expect(
    await desk.ask("GET", "/v1/invoices/INV-000001/state?as_of=2023-12-01T00:00:00Z"),
  ).toMatchObject({ status: 404 });
  expect((await desk.ask("GET", "/v1/invoices/INV-000001/state?as_of=today")).status).toBe(400);
  const facts = office.facts().length;
  expect((await desk.ask("POST", "/v1/invoices/INV-000001/void", { reason: "again" })).status).toBe(
    200,
  );
  expect(office.facts()).toHaveLength(facts);
});

test("a void of a paid invoice is refused, and says that a credit note does it", async () => {
  await desk.ask("POST", "/v1/payments", paid);
  const refused = await desk.ask("POST", "/v1/invoices/INV-000001/void", { reason: "x" });
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain("INV-000001 is paid");
  expect(refused.body.detail).toContain("/v1/invoices/INV-000001/credit-notes");
  const note = { note: "n1", reason: "half of it", lines: [{ line: 1, amount: "1000" }] };
  for (let time = 0; time < 2; time += 1)
    expect(await desk.ask("POST", "/v1/invoices/INV-000001/credit-notes", note)).toMatchObject({
      status: 201,
      body: {
        number: "CN-000001",
        invoice_number: "INV-000001",
        amount: "1000",
        settled: "0",
        credited: "1000",
      },
    });
  const above = { note: "n2", reason: "more", lines: [{ line: 1, amount: "1001" }] };
  const tooMuch = await desk.ask("POST", "/v1/invoices/INV-000001/credit-notes", above);
  expect(tooMuch).toMatchObject({ status: 409, body: { errors: [{ field: "lines" }] } });
  expect(tooMuch.body.detail).toContain("1000 USD (minor units) is left of line 1");
  expect((await desk.ask("GET", "/v1/credits")).body.credits).toEqual([
    { customer: "acme", currency: "USD", amount: "1000" },
  ]);
  const apply = { application: "a1", customer: "acme", currency: "USD", amount: "400" };
  expect(await desk.ask("POST", "/v1/credits/apply", apply)).toMatchObject({
    status: 201,
    body: { settles: [{ number: "INV-000002", amount: "400" }] },
  });
  const refund = { refund: "r1", customer: "acme", currency: "USD", amount: "600" };
  expect((await desk.ask("POST", "/v1/credits/refund", refund)).status).toBe(201);
  expect((await desk.ask("GET", "/v1/credits")).body.credits).toEqual([]);
  expect((await desk.ask("GET", "/v1/notes?invoice=INV-000001")).body.notes).toHaveLength(1);
  expect((await desk.ask("GET", "/v1/notes/CN-000001")).body.note).toBe("n1");
  expect(await state("INV-000002")).toMatchObject({ state: "partly_paid", paid: "400" });
});

test("a debit note asks for more, by a number of its own", async () => {
  const note = { note: "n1", reason: "forgotten", lines: [{ line: 1, amount: "300" }] };
  expect(await desk.ask("POST", "/v1/invoices/INV-000001/debit-notes", note)).toMatchObject({
    status: 201,
    body: { number: "DN-000001", direction: "debit" },
  });
  expect(await state()).toMatchObject({ debited: "300", open: "2300" });
});

test("what is on hold waits as a draft until somebody releases it, with a reason", async () => {
  const hold = { hold: "h1", customer: "acme", reason: "new contract" };
  expect((await desk.ask("POST", "/v1/holds", hold)).status).toBe(201);
  office.step(1, fee("s1", december, december + 1, "20"), usageBilled("s2", "3"));
  await office.work();
  const draft = office
    .facts()
    .find((fact) => fact.kind === "InvoiceDrafted" && fact.subscription === "s1");
  if (draft?.kind !== "InvoiceDrafted") throw new Error("it was not drafted");
  expect(office.invoices()).toHaveLength(2);
  const path = `/v1/invoices/${draft.invoice}/finalize`;
  const refused = await desk.ask("POST", path);
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain("on hold h1 (new contract): release it first");
  expect((await desk.ask("POST", "/v1/holds/h1/release", {})).status).toBe(422);
  expect(await desk.ask("POST", "/v1/holds/h1/release", { reason: "looked at" })).toMatchObject({
    status: 200,
    body: { status: "released", released: { reason: "looked at" } },
  });
  expect(await desk.ask("POST", path)).toMatchObject({
    status: 200,
    body: { number: "INV-000003" },
  });
  expect((await desk.ask("GET", "/v1/holds?status=held")).body.holds).toEqual([]);
});

test("an invoice below zero becomes the customer's credit once, whoever reads it again", async () => {
  office.step(1, fee("s3", november, december, "-7"));
  await office.work();
  await office.work();
  expect(office.facts().map(({ kind }) => kind)).toEqual([
    "InvoiceFinalized",
    "InvoiceFinalized",
    "InvoiceFinalized",
    "CreditGranted",
  ]);
  expect(await state("INV-000003")).toMatchObject({ state: "paid", open: "0", total: "-700" });
});

test("another tenant sees nothing of it, and changes nothing by its names", async () => {
  await desk.ask("POST", "/v1/payments", { ...paid, amount: "3000" });
  const note = { note: "n1", reason: "x", lines: [{ line: 1, amount: "100" }] };
  await desk.ask("POST", "/v1/invoices/INV-000001/credit-notes", note);
  await desk.ask("POST", "/v1/holds", { hold: "h1", customer: "acme", reason: "x" });
  const [first] = office.invoices();
  const facts = office.facts().length;
  desk.as({ tenant: "others" });
  for (const name of ["INV-000001", first?.invoice ?? ""]) {
    expect((await desk.ask("GET", `/v1/invoices/${name}/state`)).status).toBe(404);
    for (const [what, body] of [
      ["send", {}],
      ["void", { reason: "x" }],
      ["credit-notes", { ...note, note: "n2" }],
      ["debit-notes", { ...note, note: "n2" }],
    ] as const)
      expect((await desk.ask("POST", `/v1/invoices/${name}/${what}`, body)).status, what).toBe(404);
    const hold = { hold: "h2", invoice: name, reason: "x" };
    expect((await desk.ask("POST", "/v1/holds", hold)).status).toBe(404);
  }
  const whose = { customer: "acme", currency: "USD" };
  for (const [path, body] of [
    ["/v1/payments", { ...paid, payment: "p2" }],
    ["/v1/credits/apply", { application: "a1", ...whose }],
    ["/v1/credits/refund", { refund: "r1", ...whose, amount: "1" }],
    ["/v1/holds", { hold: "h2", customer: "acme", reason: "x" }],
  ] as const)
    expect((await desk.ask("POST", path, body)).status, path).toBe(422);
  expect((await desk.ask("POST", "/v1/payments/p1/reverse", { reason: "x" })).status).toBe(404);
  expect((await desk.ask("POST", "/v1/holds/h1/release", { reason: "x" })).status).toBe(404);
  for (const path of ["notes/n1", "notes/CN-000001", "payments/p1", "statements/acme"])
    expect((await desk.ask("GET", `/v1/${path}`)).status, path).toBe(404);
  for (const list of ["notes", "credits", "holds", "payments", "receivables"])
    expect((await desk.ask("GET", `/v1/${list}`)).body[list], list).toEqual([]);
  expect(office.facts()).toHaveLength(facts);
});

test("a note whose answer is lost is asked for again, and is there once", async () => {
  const lost = { at: 1, isWritten: true };
  const own = await openOffice(lost);
  own.step(0, fee("s1", november, december, "20"));
  await own.work();
  const other = await openLifeDesk(own);
  const note = { note: "n1", reason: "x", lines: [{ line: 1, amount: "100" }] };
  for (let time = 0; time < 2; time += 1)
    expect(await other.ask("POST", "/v1/invoices/INV-000001/credit-notes", note)).toMatchObject({
      status: 201,
      body: { number: "CN-000001", settled: "100" },
    });
  const another = await other.ask("POST", "/v1/invoices/INV-000001/credit-notes", {
    ...note,
    lines: [{ line: 1, amount: "200" }],
  });
  expect(another).toMatchObject({ status: 409, body: { errors: [{ field: "note" }] } });
  expect(own.facts().filter(({ kind }) => kind === "NoteIssued")).toHaveLength(1);
  expect(lost.at).toBeLessThan(0);
  await other.close();
});

test("a note is JSON, a page, a PDF and a table, found by id, number and code, and by nobody else", async () => {
  const note = { note: "n1", reason: "half of it", lines: [{ line: 1, amount: "1000" }] };
  await desk.ask("POST", "/v1/invoices/INV-000001/credit-notes", note);
  const page = await desk.text("/v1/notes/CN-000001.html");
  expect(page).toContain("<h1>Credit note CN-000001</h1>");
  expect(page).toContain("half of it");
  expect(await desk.text("/v1/notes/n1.html")).toBe(page);
  const code = /tally notes --verify ([0-9A-Z-]+)</.exec(page)?.[1] ?? "";
  expect((await desk.ask("GET", `/v1/notes/${code}`)).body).toMatchObject({
    number: "CN-000001",
    amount: "1000",
    tax: "0",
    tax_kept: false,
    entity: null,
    taxes: [],
  });
  const pdf = await desk.text("/v1/notes/CN-000001.pdf");
  expect(pdf.slice(0, 5)).toBe("%PDF-");
  expect(await desk.text("/v1/notes/CN-000001.pdf")).toBe(pdf);
  expect(await desk.text("/v1/notes/CN-000001.csv")).toContain(",10.00,USD,");
  const at = (await state()).invoices_offset as number;
  expect(at).toBe(office.facts().length);
  expect((await desk.ask("GET", "/v1/notes/CN-000001?lines=1")).status).toBe(400);
  desk.as({ tenant: "other" });
  for (const name of [code, "CN-000001", "CN-000001.pdf", "n1.csv"])
    expect((await desk.ask("GET", `/v1/notes/${name}`)).status).toBe(404);
});
