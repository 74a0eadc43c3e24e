import { createHash } from "node:crypto";
import { authenticate, emptyCatalog } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import { finalize } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import type { CatalogHistory, HeadSigned } from "@tallybook/journal";
import { createMemoryLog, follow } from "@tallybook/log";
import type { Follower } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger } from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import { encode, topics } from "@tallybook/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { emptyArchive, evolveArchive } from "../src/archive.ts";
import { createPages } from "../src/pages.ts";
import type { Pages } from "../src/pages.ts";
import { addInvoiceRoutes } from "../src/routes.ts";

const common = { tenant: "default", recorded_at: 0, actor: "system" };
const unlimited = { customers: [], meters: [], event_types: [], replaces: null };
const namedAcme = customer("Acme");
const head: HeadSigned = {
  kind: "HeadSigned",
  step: 3,
  cut: 721,
  cut_root: new Uint8Array(32),
  seq: 0,
  hash: new Uint8Array(32),
  invoices_offset: 0,
  signature: new Uint8Array(64),
};
const invoice = invoiceOf();

let tell: (fact: CatalogFact) => Promise<unknown>;
let catalog: Follower<CatalogHistory>;
let pages: Pages;
let server: HttpServer;

beforeEach(async () => {
  const log = createMemoryLog();
  await log.prepareTopics([{ topic: topics.catalog, partitions: 1 }]);
  const producer = await log.producer();
  tell = (fact) =>
    producer.send([{ topic: topics.catalog, partition: 0, key: null, value: encode(fact) }]);
  await tell(namedAcme);
  await tell(apiKey("default", "key"));
  await tell(apiKey("other", "other-key"));
  catalog = await follow({
    log,
    topic: topics.catalog,
    idleMs: 1,
    initial: createCatalogHistory(),
    evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
  });
  pages = createPages(catalog);
  server = createHttpServer({ logger: createLogger("invoicer", () => {}), bodyBytesMax: 1_024 });
  const archive = evolveArchive(emptyArchive(), invoice);
  const access = createAccess((hash) => authenticate(catalog.state().now, hash, 0));
  addInvoiceRoutes(server, { archive: () => archive, pages, access, billed: async () => true });
});

afterEach(async () => {
  await server.close();
  await catalog.close();
});

test("an invoice is JSON to a program, and a page to a browser or at its .html", async () => {
  pages.passed({ head, catalog_offset: 1 });
  const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  for (const accept of [
    undefined,
    "*/*",
    "application/json",
    "application/json, text/html;q=0.5",
  ]) {
    const answer = await get("/v1/invoices/INV-000001", { accept });
    expect([accept, answer.type, answer.vary]).toEqual([
      accept,
      "application/json; charset=utf-8",
      "accept",
    ]);
  }
  const page = await get("/v1/invoices/INV-000001", { accept: browser });
  expect([page.status, page.type, page.vary]).toEqual([200, "text/html; charset=utf-8", "accept"]);
  for (const path of ["INV-000001.html", `${invoice.invoice}.html`]) {
    const same = await get(`/v1/invoices/${path}`, { accept: "application/json" });
    expect([same.status, same.body]).toEqual([200, page.body]);
  }
});

test("for paper it is a PDF, and for a table CSV whose amounts are the total, the same each time", async () => {
  pages.passed({ head, catalog_offset: 1 });
  const pdf = await get("/v1/invoices/INV-000001.pdf");
  expect([pdf.status, pdf.type, pdf.body.slice(0, 5)]).toEqual([200, "application/pdf", "%PDF-"]);
  const csv = await get("/v1/invoices/INV-000001.csv");
  expect([csv.status, csv.type]).toEqual([200, "text/csv; charset=utf-8; header=present"]);
  const [header = "", ...lines] = csv.body.trimEnd().split("\r\n");
  const amount = header.split(",").indexOf("amount");
  // Nothing on it has a comma in it.
  const cents = lines.map((line) => Number(line.split(",")[amount]?.replace(".", "")));
  expect(lines).toHaveLength(invoice.lines.length);
  expect(cents.reduce((sum, cent) => sum + cent, 0)).toBe(Number(invoice.total));
  expect(await get("/v1/invoices/INV-000001.pdf")).toEqual(pdf);
  expect(await get("/v1/invoices/INV-000001.csv")).toEqual(csv);
});

test("a page may load and run nothing, and stand in no frame", async () => {
  pages.passed({ head, catalog_offset: 1 });
  const { policy, body } = await get("/v1/invoices/INV-000001.html");
  const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(policy).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
});

test("a page keeps the names of the day it was made, whatever they are now", async () => {
  pages.passed({ head, catalog_offset: 1 });
  const before = await get("/v1/invoices/INV-000001.html");
  await tell(customer("Somebody Else"));
  await catalog.until((_, offset) => offset === 4);
  expect(await get("/v1/invoices/INV-000001.html")).toEqual(before);
  expect(before.body).toContain("<bdi>Acme</bdi>");
});

test("while the journal is still being read a page is asked for again", async () => {
  const answer = await get("/v1/invoices/INV-000001.html");
  expect([answer.status, answer.type, answer.retryAfter]).toEqual([
    503,
    "application/problem+json",
    "1",
  ]);
  expect(answer.body).toContain("INV-000001");
});

test("nobody sees the page of another tenant, and one that is not there is not found", async () => {
  pages.passed({ head, catalog_offset: 1 });
  expect((await get("/v1/invoices/INV-000001.html", { key: "other-key" })).status).toBe(404);
  expect((await get("/v1/invoices/INV-000009.html")).status).toBe(404);
  expect((await get("/v1/invoices/INV-000001.html", { key: "no-key" })).status).toBe(401);
});

test("as_of and known_at tell what there was by the cuts up to then", async () => {
  const path = "/v1/invoices/INV-000001";
  const now = await get(path);
  for (const moment of ["as_of", "known_at"]) {
    expect(await get(`${path}?${moment}=1970-01-01T00:00:00Z`)).toEqual(now);
    const before = await get(`${path}/evidence?${moment}=1969-12-31T23:59:59.999999Z`);
    expect([before.status, before.body]).toEqual([404, expect.stringContaining("a later cut")]);
    const none = await get(`/v1/invoices?${moment}=1969-12-31T23:59:59Z`);
    expect(JSON.parse(none.body)).toMatchObject({ invoices: [] });
    const unfit = await get(`${path}?${moment}=soon`);
    expect([unfit.status, unfit.body]).toEqual([
      400,
      expect.stringContaining(`${moment}: it must`),
    ]);
  }
  const misspelt = await get(`${path}?asof=1970-01-01T00:00:00Z`);
  expect([misspelt.status, misspelt.body]).toEqual([400, expect.stringContaining("as_of")]);
});

test("a page says what has become of the invoice by what was known below an offset, and nothing else does", async () => {
  pages.passed({ head, catalog_offset: 1 });
  const path = "/v1/invoices/INV-000001";
  const usual = await get(`${path}.html`);
  const told = await get(`${path}.html?invoices_offset=1`);
  expect(usual.body).not.toContain("Still to be paid");
  expect(told.body).toContain("Still to be paid");
  expect(await get(`${path}.html?invoices_offset=1`)).toEqual(told);
  expect((await get(`${path}.pdf?invoices_offset=1`)).body).not.toBe(
    (await get(`${path}.pdf`)).body,
  );
  for (const [query, why] of [
    [".html?invoices_offset=0", "before the invoice was finalized"],
    [".html?invoices_offset=2", "invoices ends at 1"],
    [".csv?invoices_offset=1", "/state says the same"],
    ["?invoices_offset=1", "/state says the same"],
    [".html?invoices_offset=soon", "invoices_offset"],
  ]) {
    const unfit = await get(`${path}${query}`);
    expect([unfit.status, unfit.body]).toEqual([400, expect.stringContaining(why ?? "")]);
  }
});

async function get(
  path: string,
  { key = "key", accept }: { key?: string; accept?: string | undefined } = {},
) {
  const answer = await server.inject({
    url: path,
    headers: { authorization: `Bearer ${key}`, ...(accept === undefined ? {} : { accept }) },
  });
  return {
    status: answer.statusCode,
    type: answer.headers["content-type"],
    vary: answer.headers.vary,
    policy: answer.headers["content-security-policy"],
    retryAfter: answer.headers["retry-after"],
    body: answer.body,
  };
}

function customer(name: string): CatalogFact {
  return {
    kind: "CustomerCreated",
    ...common,
    effective_at: 0,
    customer: "acme",
    name,
    currency: "USD",
    time_zone: "UTC",
  };
}

function apiKey(tenant: string, key: string): CatalogFact {
  const hash = createHash("sha256").update(key).digest();
  return {
    kind: "ApiKeyCreated",
    ...common,
    tenant,
    api_key: key,
    role: "finance",
    hash,
    ...unlimited,
  };
}

function invoiceOf(): InvoiceFinalized {
  const line = {
    transaction: "t",
    transaction_kind: "fee",
    meter: null,
    dimensions: {},
    quantity: "1",
    exact: "20",
    description: "Monthly fee",
    period_from: 0,
    period_to: 86_400_000_000,
    tax_category: null,
  } as const;
  const [made] = finalize(
    [
      {
        draft: {
          tenant: "default",
          customer: "acme",
          subscription: "s",
          plan: "dev",
          plan_version: 1,
          period_from: line.period_from,
          period_to: line.period_to,
          currency: "USD",
          lines: [line],
          explanations: [],
          parts: [],
        },
        tax: { basis: null, on: [] },
      },
    ],
    {
      begun: {
        kind: "StepBegun",
        step: 3,
        cut: 721,
        time: 0,
        catalog_offset: 1,
        invoices_offset: 0,
      },
      head,
      numbers: new Map(),
      countByPeriod: new Map(),
    },
    emptyCatalog(),
  );
  if (made === undefined) throw new Error("an invoice");
  return made;
}
