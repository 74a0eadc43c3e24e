import { emptyCatalog } from "@tallybook/catalog";
import type { KnownAt, Replay } from "@tallybook/audit";
import type { Residual } from "@tallybook/invoice";
import {
  createAccess,
  createHttpServer,
  createLogger,
  createOutbound,
  Problem,
} from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import { afterEach, beforeEach, expect, test } from "vitest";

import { askServer } from "./asking.ts";
import type { Ask } from "./asking.ts";
import { emptyArchive, evolveArchive } from "../src/archive.ts";
import type { Auditor } from "../src/auditor.ts";
import { addBillingRoutes } from "../src/billing-routes.ts";
import { addDisputeRoutes } from "../src/dispute-routes.ts";
import { addKnownAtRoute } from "../src/known-at-route.ts";
import { addReplayMovedRoutes } from "../src/replay-moved-routes.ts";
import { addReplayRoute } from "../src/replay-route.ts";
import { createPassing } from "../src/passing.ts";
import { createTaxDesk } from "../src/tax-desk.ts";
import { december, fee, november, openOffice, usageBilled } from "./office.ts";

let server: HttpServer;
let office: Awaited<ReturnType<typeof openOffice>>;
let residuals: readonly Residual[] | Problem;
let role: "finance" | "analyst";
let tenant: string;

beforeEach(async () => {
  [residuals, role, tenant] = [[], "finance", "default"];
  office = await openOffice();
  office.step(0, fee("s1", november, december, "20"));
  office.step(1, usageBilled("s2", "3"));
  await office.work();
  server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  const access = createAccess(() => ({ tenant, role, api_key: "k", scope: null }));
  const auditor: Auditor = {
    async residualsOf() {
      if (residuals instanceof Problem) throw residuals;
      return residuals;
    },
    replayed: async (_tenant, _invoice, line) => ({
      replay_verdict: "different",
      replay_detail: `of line ${line}`,
      replay_digest: Buffer.alloc(32, 1),
    }),
    replay: async (_tenant, invoice, line) =>
      ({
        invoice,
        compared: [],
        lines: [
          {
            line,
            events: Array.from({ length: 1_000 }, (_, id) => ({ id })),
            event_count: 1_500,
            events_digest: "00",
            uncounted_count: 0,
            uncounted: [],
            verdict: exact,
          },
        ],
        verdict: exact,
      }) as unknown as Replay,
    replayMoved: async (of, name) =>
      of === "default"
        ? ["payment", "payment_reversal", "credit_note"].map(
            (moved) =>
              ({
                tenant: of,
                moved,
                id: name,
                compared: [],
                postings: [],
                verdict: exact,
              }) as never,
          )
        : [],
    knownAt: async (_tenant, invoice, at) =>
      ({ invoice, cut: "cut" in at ? at.cut : at.time }) as unknown as KnownAt,
    upcoming: () => Promise.reject(new Error("nobody asks")),
  };
  const orders: typeof office.orders = {
    ...office.orders,
    // Whoever orders finds the worker at work.
    finalize: (order) => atWork(office.orders.finalize(order)),
    dispute: (fact) => atWork(office.orders.dispute(fact)),
  };
  const desk = {
    archive: () => office.facts().reduce(evolveArchive, emptyArchive()),
    access,
    orders,
    auditor,
    taxes: createTaxDesk({
      known: emptyCatalog,
      outbound: createOutbound([]),
      secrets: new Map(),
      now: () => 0,
      wallMs: () => 0,
    }),
    now: () => december,
    passing: createPassing(),
    catalog: { requestBilling: async () => 0 },
    isInShadow: () => false,
  };
  addBillingRoutes(server, desk);
  addDisputeRoutes(server, desk);
  addKnownAtRoute(server, desk);
  addReplayRoute(server, desk);
  addReplayMovedRoutes(server, desk);
  await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close());

async function atWork(asked: Promise<void>): Promise<void> {
  await office.work();
  await asked;
}

const ask: Ask = (...asked) => askServer(server, ...asked);

const opens = (body: unknown) => ask("POST", "/v1/invoices/INV-000001/disputes", body);

test("a disputed line carries its replay, is under dispute until it is settled, and is reported", async () => {
  const opened = await opens({ line: 1, amount: "1250", reason: "we stopped on the 10th" });
  expect(opened).toMatchObject({
    status: 201,
    body: {
      status: "open",
      number: "INV-000001",
      line: 1,
      amount: "1250",
      replay: { verdict: "different", detail: "of line 1", digest: "01".repeat(32) },
      opened_at: "2023-12-01T00:00:00Z",
      settled: null,
    },
  });
  const { dispute } = opened.body as { dispute: string };
  expect((await ask("GET", "/v1/invoices/INV-000001/disputes")).body).toMatchObject({
    total: "2000",
    under_dispute: "1250",
    disputes: [{ dispute }],
  });
  expect(await opens({ line: 1, reason: "again" })).toMatchObject({ status: 409 });
  const settle = { outcome: "credit_note", reason: "half of it is right", reference: "CN-000001" };
  const path = `/v1/disputes/${dispute}/settle`;
  const unknown = await ask("POST", path, settle);
  expect(unknown).toMatchObject({ status: 422, body: { errors: [{ field: "reference" }] } });
  expect(unknown.body.detail).toContain("There is no credit note CN-000001: issue one");
  await issueNote();
  for (let time = 0; time < 2; time += 1)
    expect(await ask("POST", path, settle)).toMatchObject({
      status: 200,
      body: { status: "settled", settled: { outcome: "credit_note", reference: "CN-000001" } },
    });
  expect(await ask("POST", path, { outcome: "rejection", reason: "no" })).toMatchObject({
    status: 409,
  });
  expect((await ask("GET", "/v1/invoices/INV-000001/disputes")).body.under_dispute).toBe("0");
  expect((await ask("GET", "/v1/disputes")).body).toMatchObject({
    report: { invoices: 1, disputed_invoices: 1, open: 0, settled: { credit_note: 1 } },
    disputes: [{ dispute, status: "settled" }],
  });
  // The same facts, once each, whatever was asked for how often.
  expect(office.facts().map(({ kind }) => kind)).toEqual([
    "InvoiceFinalized",
    "InvoiceDrafted",
    "DisputeOpened",
    "NoteIssued",
    "DisputeSettled",
  ]);
});

/** Of the first invoice's only line. */
async function issueNote(): Promise<void> {
  const { invoice = "", lines = [] } = office.invoices()[0] ?? {};
  const issued = office.orders.life({
    order: "issue_note",
    tenant: "default",
    note: "n1",
    direction: "credit",
    invoice,
    reason: "half of it",
    lines: [
      {
        line: 1,
        amount: "1000",
      },
    ],
    isTaxKept: false,
    invoiced: lines,
    actor: "k",
    issued_at: december,
  });
  await office.work();
  await issued;
}

test.each([
  [422, { line: 2, reason: "x" }],
  [422, { line: 0, reason: "x" }],
  [422, { line: 1 }],
  [422, { line: 1, reason: " " }],
  [422, { line: 1, reason: "x", amount: "2001" }],
  [422, { line: 1, reason: "x", amount: 12.5 }],
  [422, { line: 1, reason: "x", other: 1 }],
  [400, [1]],
])("a dispute that is none is refused with %i: %j", async (status, body) => {
  expect((await opens(body)).status).toBe(status);
  expect(office.facts()).toHaveLength(2);
});

test.each([
  { outcome: "forgotten", reason: "x" },
  { outcome: "correction", reason: "x" },
  { outcome: "rejection" },
  { outcome: "rejection", reason: "x", reference: "CN-1" },
])("a settlement that is none is refused: %j", async (body) => {
  const { dispute } = (await opens({ line: 1, reason: "x" })).body as { dispute: string };
  expect((await ask("POST", `/v1/disputes/${dispute}/settle`, body)).status).toBe(422);
});

test("a draft, another tenant's invoice, and who may only read open nothing", async () => {
  const draft = office.facts().find(({ kind }) => kind === "InvoiceDrafted");
  const path = `/v1/invoices/${draft?.kind === "InvoiceDrafted" ? draft.invoice : ""}/disputes`;
  expect((await ask("POST", path, { line: 1, reason: "x" })).status).toBe(409);
  role = "analyst";
  expect((await opens({ line: 1, reason: "x" })).status).toBe(403);
  role = "finance";
  const { dispute } = (await opens({ line: 1, reason: "x" })).body as { dispute: string };
  tenant = "others";
  expect((await opens({ line: 1, reason: "x" })).status).toBe(404);
  const settle = { outcome: "rejection", reason: "x" };
  expect((await ask("POST", `/v1/disputes/${dispute}/settle`, settle)).status).toBe(404);
  expect((await ask("GET", "/v1/disputes")).body.disputes).toEqual([]);
});

test("a draft that does not come out again is finalized by nobody but who overrides it, and the log says so", async () => {
  const draft = office.facts().find((fact) => fact.kind === "InvoiceDrafted");
  const path = `/v1/invoices/${draft?.invoice}/finalize`;
  const residual = {
    name: "rating: quantity of the period",
    what: "line 1",
    residual: "3 against 2",
  };
  residuals = [residual];
  const refused = await ask("POST", path);
  expect(refused).toMatchObject({ status: 409, body: { residuals: [residual] } });
  expect(refused.body.detail).toContain("3 against 2");
  expect(office.invoices()).toHaveLength(1);
  residuals = new Problem({ status: 503, title: "x", detail: "ClickHouse does not answer" });
  expect((await ask("POST", path)).status).toBe(503);
  residuals = [residual];
  const why = encodeURIComponent("agreed with the customer");
  expect(await ask("POST", `${path}?override=${why}`)).toMatchObject({
    status: 200,
    body: { number: "INV-000002" },
  });
  expect(office.facts().slice(2)).toMatchObject([
    {
      kind: "FinalizationOverridden",
      invoice: draft?.invoice,
      residuals: [residual],
      reason: "agreed with the customer",
      actor: "k",
      overridden_at: december,
    },
    { kind: "InvoiceFinalized", number: "INV-000002" },
  ]);
  // Who reads it all again comes to the same.
  await office.work();
  expect(office.facts()).toHaveLength(4);
});

test("a draft that comes out again needs nobody's reason, and keeps none", async () => {
  const draft = office.facts().find((fact) => fact.kind === "InvoiceDrafted");
  const path = `/v1/invoices/${draft?.invoice}/finalize?override=unneeded`;
  expect((await ask("POST", path)).status).toBe(200);
  expect(office.facts().map(({ kind }) => kind)).not.toContain("FinalizationOverridden");
});

test("an invoice whose lines do not ask for what was posted waits as a draft for a person", async () => {
  const wrong = fee("s3", november, december, "20");
  const postings = wrong.postings.map(({ account, amount }) => ({
    account,
    amount: account.startsWith("assets:") ? "21" : amount === "-20" ? "-21" : amount,
  }));
  office.step(2, { ...wrong, postings }, fee("s4", november, december, "5"));
  await office.work();
  expect(office.totals()).toEqual(["INV-000001 s1 2000", "INV-000002 s4 500"]);
  const held = office.facts().at(-1);
  expect(held).toMatchObject({ kind: "InvoiceDrafted", subscription: "s3", exact: "20" });
  // A new process makes no second one of it.
  await office.work();
  expect(office.facts().at(-1)).toEqual(held);
  residuals = [{ name: "Σ journal = Σ lines", what: "transaction 2", residual: "1" }];
  const id = held?.kind === "InvoiceDrafted" ? held.invoice : "";
  expect((await ask("POST", `/v1/invoices/${id}/finalize`)).status).toBe(409);
  expect(await ask("POST", `/v1/invoices/${id}/finalize?override=known`)).toMatchObject({
    status: 200,
    body: { number: "INV-000003", subscription: "s3" },
  });
  office.step(3, fee("s3", december, december + 31 * 86_400_000_000, "20"));
  await office.work();
  expect(office.totals().at(-1)).toBe("INV-000004 s3 2000");
});

test("an invoice as known at a cut or a time, and nothing else", async () => {
  const known = (query: string) => ask("GET", `/v1/invoices/INV-000001/known-at?${query}`);
  expect(await known("cut=7")).toMatchObject({ status: 200, body: { cut: 7 } });
  expect(await known("time=2023-12-01T00:00:00Z")).toMatchObject({ body: { cut: december } });
  for (const query of ["", "cut=-1", "cut=1&time=2023-12-01T00:00:00Z", "time=today", "cut=1&x=1"])
    expect((await known(query)).status, query).toBe(400);
  tenant = "others";
  expect((await known("cut=7")).status).toBe(404);
});

const exact = { kind: "equal" } as const;

test("an invoice computed again, or a line of it: all its events are counted, and a thousand are shown", async () => {
  const again = (query: string) => ask("GET", `/v1/invoices/INV-000001/replay${query}`);
  const { status, body } = await again("?line=7");
  expect([status, body.verdict]).toEqual([200, { kind: "equal", first: null }]);
  expect(body.lines).toMatchObject([{ line: 7, event_count: 1_500, uncounted_count: 0 }]);
  expect(body.lines[0].events).toHaveLength(1_000);
  expect((await again("")).status).toBe(200);
  for (const query of ["?line=0", "?line=x", "?line=1&line=2", "?full=1"])
    expect((await again(query)).status, query).toBe(400);
  tenant = "others";
  expect((await again("")).status).toBe(404);
});

test("a note and a payment computed again are told apart, and nobody else's are shown", async () => {
  const moved = async (path: string) => {
    const { status, body } = await ask("GET", `/v1/${path}/replay`);
    expect(status).toBe(200);
    return body.movements;
  };
  const equal = { kind: "equal", first: null };
  expect(await moved("notes/n1")).toMatchObject([
    { moved: "credit_note", id: "n1", verdict: equal },
  ]);
  expect(await moved("payments/p1")).toMatchObject([
    { moved: "payment", id: "p1" },
    { moved: "payment_reversal", id: "p1" },
  ]);
  expect((await ask("GET", "/v1/notes/n1/replay?full=1")).status).toBe(400);
  tenant = "others";
  expect((await ask("GET", "/v1/notes/n1/replay")).status).toBe(404);
});
