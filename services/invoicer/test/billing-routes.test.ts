import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { emptyCatalog } from "@tallybook/catalog";
import type { InvoiceFact } from "@tallybook/invoice";
import {
  createAccess,
  createHttpServer,
  createLogger,
  createOutbound,
  Problem,
} from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import { afterEach, beforeEach, expect, test } from "vitest";

import { emptyArchive, evolveArchive } from "../src/archive.ts";
import { addBillingRoutes } from "../src/billing-routes.ts";
import { connectCatalogDesk } from "../src/catalog-desk.ts";
import { createOrders } from "../src/orders.ts";
import { createPages } from "../src/pages.ts";
import { createPassing } from "../src/passing.ts";
import { createTaxDesk } from "../src/tax-desk.ts";
import { addInvoiceRoutes } from "../src/routes.ts";
import { december, fee, november, openOffice, usageBilled } from "./office.ts";

let server: HttpServer;
/** As `s1`: two drafts, the first of which is finalized, and between them an invoice of another subscription. */
let facts: readonly InvoiceFact[];
const passing = createPassing();

beforeEach(async () => {
  const office = await openOffice();
  office.step(0, usageBilled("s1", "2.005"));
  office.step(1, fee("s2", november, december, "20"));
  office.step(2, usageBilled("s1", "3", 1));
  await office.work();
  const [first] = office.written();
  const asked = office.orders.finalize(first ?? { tenant: "", invoice: "" });
  await office.work();
  await asked;
  facts = office.written();
  const archive = facts.reduce(evolveArchive, emptyArchive());
  for (const step of [0, 1, 2]) {
    const head = { step } as Parameters<typeof passing.passed>[0]["head"];
    passing.passed({ head, catalog_offset: 10 * (step + 1), invoices_offset: 0 });
  }

  server = createHttpServer({ logger: createLogger("invoicer", () => {}), bodyBytesMax: 1_024 });
  const access = createAccess((_hash) => ({
    tenant: "default",
    role: "finance" as const,
    api_key: "k",
    scope: null,
  }));
  const offsets: Readonly<Record<string, number>> = { s1: 25, s2: 5 };
  const given = {
    archive: () => archive,
    access,
    passing,
    orders: createOrders(),
    catalog: {
      requestBilling: async (subscription: string) => offsets[subscription] ?? 29,
    },
    auditor: {
      residualsOf: async () => [],
      replayed: nobodyAsks,
      replay: nobodyAsks,
      replayMoved: nobodyAsks,
      knownAt: nobodyAsks,
      upcoming: nobodyAsks,
    },
    isInShadow: () => true,
    taxes: createTaxDesk({
      known: emptyCatalog,
      outbound: createOutbound([]),
      secrets: new Map(),
      now: () => 0,
      wallMs: () => 0,
    }),
    now: () => 0,
  };
  const pages = createPages(undefined as never);
  addInvoiceRoutes(server, { ...given, pages, billed: async () => true });
  addBillingRoutes(server, given);
});

afterEach(() => server.close());

test("a list has each invoice once, a draft where it was made and until it is finalized", async () => {
  expect(await listed("")).toEqual(["INV-000001 s2", "draft s1", "INV-000002 s1"]);
  expect(await listed("?status=draft")).toEqual(["draft s1"]);
  expect(await listed("?status=finalized")).toEqual(["INV-000001 s2", "INV-000002 s1"]);
  expect(await listed("?subscription=s1")).toEqual(["draft s1", "INV-000002 s1"]);
  expect(await listed("?subscription=s1&status=draft")).toEqual(["draft s1"]);
  expect(await ask("GET", "/v1/invoices?customer_id=acme")).toMatchObject({
    status: 400,
    body: { errors: [{ field: "customer_id" }] },
  });
  const { body } = await ask("GET", "/v1/invoices?limit=1&status=finalized");
  expect(await listed(`?limit=1&status=finalized&after=${String(body["next"])}`)).toEqual([
    "INV-000002 s1",
  ]);
  expect((await ask("GET", "/v1/invoices?status=open")).status).toBe(400);
});

test("a bill is answered with what the first step that saw it has drafted", async () => {
  const billed = await ask("POST", "/v1/subscriptions/s1/bill");
  expect(billed.status).toBe(200);
  expect(billed.body).toMatchObject({
    subscription: "s1",
    complete: true,
    catalog_offset: 25,
    invoices: [{ status: "draft", number: null, exact: "3" }],
  });
  // Of what the first step drafted nothing is of that subscription.
  const nothing = await ask("POST", "/v1/subscriptions/s2/bill");
  expect(nothing.body).toMatchObject({ invoices: [], complete: true });
});

test("a finalized invoice is answered as it is, and no tax is on a draft", async () => {
  const [first, , second] = facts;
  const path = (fact: InvoiceFact | undefined) => `/v1/invoices/${fact?.invoice}`;
  const again = await ask("POST", `${path(first)}/finalize`);
  expect(again.body).toMatchObject({ status: "finalized", number: "INV-000002", total: "201" });
  expect(await ask("GET", path(first))).toEqual(again);
  expect((await ask("POST", "/v1/invoices/INV-000009/finalize")).status).toBe(404);
  const tax = await ask("POST", `${path(second)}/calculate-tax`);
  expect(tax.body).toMatchObject({ tax: "0", currency: "USD", lines: [{ is_tax: false }] });
});

test("a draft of a period in shadow is refused its number, and what is finalized is as it is", async () => {
  const [first, , second] = facts;
  const refused = await ask("POST", `/v1/invoices/${second?.invoice}/finalize?override=please`);
  expect(refused).toMatchObject({
    status: 409,
    body: {
      detail: expect.stringContaining("billed in shadow (it begins at 2023-11-01T00:00:00Z)"),
    },
  });
  expect((await ask("POST", `/v1/invoices/${first?.invoice}/finalize`)).status).toBe(200);
});

test("the catalog is asked with the caller's key, the next instance where one is a standby", async () => {
  const seen: unknown[] = [];
  await using standby = await answering(503, { title: "Service Unavailable" });
  await using active = await answering(202, { catalog_offset: 7 }, seen);
  const gone = "http://127.0.0.1:1";
  const desk = connectCatalogDesk([gone, standby.url, active.url]);
  const headers = { authorization: "Bearer k", "idempotency-key": "b", cookie: "c" };
  expect(await desk.requestBilling("a/b", headers)).toBe(7);
  expect(seen).toMatchObject([
    { path: "/internal/subscriptions/a%2Fb/billing-requests", authorization: "Bearer k", key: "b" },
  ]);
  expect(seen[0]).not.toHaveProperty("cookie");
  const nobody = connectCatalogDesk([gone, standby.url]).requestBilling("a", headers);
  await expect(nobody).rejects.toMatchObject({ details: { status: 503 } });
});

test("what the catalog refuses is refused in its words", async () => {
  const problem = { status: 404, title: "Not Found", detail: "there is no subscription a" };
  await using catalog = await answering(404, problem);
  const refused = connectCatalogDesk([catalog.url]).requestBilling("a", {});
  await expect(refused).rejects.toBeInstanceOf(Problem);
  await expect(refused).rejects.toMatchObject({ details: problem });
});

async function ask(method: "GET" | "POST", url: string) {
  const headers = { authorization: "Bearer key" };
  const answer = await server.inject({ method, url, headers });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

async function listed(query: string): Promise<string[]> {
  const { body } = await ask("GET", `/v1/invoices${query}`);
  const invoices = body["invoices"] as { number: string | null; subscription: string }[];
  return invoices.map(({ number, subscription }) => `${number ?? "draft"} ${subscription}`);
}

/** A server that gives one answer, and notes what it was asked. */
async function answering(status: number, body: object, seen: unknown[] = []) {
  const stub = createServer((request, reply) => {
    const { authorization, "idempotency-key": key, cookie } = request.headers;
    seen.push({
      path: request.url,
      authorization,
      key,
      ...(cookie === undefined ? {} : { cookie }),
    });
    reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => stub.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(stub.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void stub.close(),
  };
}

function nobodyAsks(): Promise<never> {
  return Promise.reject(new Error("nobody asks"));
}
