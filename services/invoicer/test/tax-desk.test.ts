import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import { emptyCatalog, evolve, plan, validateDocument } from "@tallybook/catalog";
import type { Catalog, CatalogFact } from "@tallybook/catalog";
import { renderInvoice, verifyMessage } from "@tallybook/invoice";
import type { InvoiceDrafted } from "@tallybook/invoice";
import { createOutbound, Problem } from "@tallybook/service";
import { afterEach, expect, test } from "vitest";

import { emptyArchive, evolveArchive } from "../src/archive.ts";
import { createTaxAsker } from "../src/tax-asker.ts";
import { createTaxDesk } from "../src/tax-desk.ts";
import { december, fee, january, november, openOffice } from "./office.ts";
import type { Lost } from "./office.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const vat = { name: "VAT", jurisdiction: "DE", percent: 19, amount: 380, lines: [1] };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Asked {
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A calculator that answers so; null: it never does. */
async function calculator(answer: object | null): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
      if (answer !== null) response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

function factsOf(document: object, before = emptyCatalog()): CatalogFact[] {
  const read = validateDocument(document);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const planned = plan(before, read.document, { tenant: "default", actor: "k", now: 0 });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return [...planned.facts];
}

/** A market of a calculator, and who buys there. */
function sold(url: string, wait_ms: string): object {
  return {
    entities: [{ entity: "gmbh", country: "DE", tax_id: "DE1" }],
    tax_calculators: [{ tax_calculator: "out", url, secret: "TAX", wait_ms }],
    markets: [
      {
        market: "DE",
        entity: "gmbh",
        tax: "calculator",
        calculator: "out",
        activated_at: "2023-11-01T00:00:00Z",
      },
    ],
    customers: [{ customer: "acme", country: "DE", currency: "USD" }],
  };
}

/** An invoice of 20.00 that is due in a market of a calculator, and whoever asks it. */
async function due(
  url: string,
  {
    allowed = ["127.0.0.1/32"],
    waitMs = "10000",
    lost,
    secrets = new Map([["TAX", secret]]),
  }: { allowed?: string[]; waitMs?: string; lost?: Lost; secrets?: Map<string, string> } = {},
) {
  const office = await openOffice(lost);
  const facts = factsOf(sold(url, waitMs));
  for (const fact of facts) office.tell(fact);
  office.step(0, fee("s1", november, december, "20"));
  await office.work();
  const catalog: Catalog = facts.reduce(
    (known, fact) => evolve(known, fact, known.offset),
    emptyCatalog(),
  );
  const desk = createTaxDesk({
    known: () => catalog,
    outbound: createOutbound(allowed),
    secrets,
    now: () => january,
    wallMs: Date.now,
  });
  const archive = () => office.facts().reduce(evolveArchive, emptyArchive());
  const asker = createTaxAsker({ archive, desk, orders: office.orders, now: () => january });
  /** Asks once, and has the answer written. */
  async function ask(): Promise<string> {
    const asking = asker.turn();
    let isOver = false;
    void asking.finally(() => (isOver = true));
    while (!isOver) await office.work();
    return asking;
  }
  return { office, ask, desk, archive, catalog };
}

test("an invoice waits for its calculator, and has the taxes that it says, each written before it is used", async () => {
  const { url, asked } = await calculator({ taxes: [vat] });
  const { office, ask } = await due(url);
  const kinds = () => office.facts().map(({ kind }) => kind as string);
  expect(kinds()).toEqual(["InvoiceDrafted", "TaxAwaited"]);
  expect(await ask()).toBe("worked");
  expect(await ask()).toBe("idle");
  expect(kinds().slice(2)).toEqual(["TaxCalculated", "InvoiceFinalized"]);
  const [invoice] = office.invoices();
  if (invoice === undefined) throw new Error("an invoice");
  expect(renderInvoice(invoice)).toMatchObject({ total: "2380", tax: "380", entity: "gmbh" });
  const [, , calculated] = office.facts();
  expect(invoice.tax_basis).toMatchObject({
    source: "calculator",
    calculation: calculated?.kind === "TaxCalculated" ? calculated.calculation : "",
  });

  expect(asked).toHaveLength(1);
  const { body, headers } = asked[0] ?? { body: "", headers: {} };
  expect(JSON.parse(body)).toMatchObject({
    customer: { customer: "acme", country: "DE" },
    seller: { entity: "gmbh", tax_id: "DE1" },
    lines: [{ line: 1, amount: "20", tax_category: null }],
  });
  const id = String(headers["webhook-id"]);
  const timestamp = String(headers["webhook-timestamp"]);
  const signed = String(headers["webhook-signature"]);
  const now = Math.floor(Date.now() / 1_000);
  expect(verifyMessage({ id, timestamp, body }, signed, secret, now)).toEqual({ kind: "verified" });
});

test.each([
  ["is late", null, "no whole answer within 100 ms"],
  ["says nothing of use", { total: 1 }, "must have `taxes`"],
  ["says another amount than the percentage", { taxes: [{ ...vat, amount: 400 }] }, "19 % of 20"],
  ["takes more than everything", { taxes: [{ ...vat, percent: 119 }] }, "from 0 to 100"],
  ["speaks of other lines", { taxes: [{ ...vat, lines: [2] }] }, "numbers from 1 to 1"],
  ["says a part of a cent", { taxes: [{ ...vat, amount: 380.5 }] }, "whole number"],
])(
  "an invoice whose calculator %s waits for a person, with the reason, and is asked for once",
  async (_, answer, why) => {
    const { url, asked } = await calculator(answer);
    const { office, ask, archive } = await due(url, answer === null ? { waitMs: "100" } : {});
    await ask();
    expect(await ask()).toBe("idle");
    expect(office.invoices()).toEqual([]);
    const told = office.facts().at(-1);
    expect(told?.kind === "TaxUnknown" && told.reason).toContain(why);
    expect([...archive().untold.values()][0]).toContain("tax calculator out");
    expect(asked).toHaveLength(1);
  },
);

test("of an invoice that somebody holds since it waits, no calculator is asked", async () => {
  const { url, asked } = await calculator({ taxes: [vat] });
  const { office, ask } = await due(url);
  const placed = office.orders.life({
    order: "place_hold",
    hold: "h1",
    tenant: "default",
    customer: "acme",
    invoice: null,
    reason: "new contract",
    actor: "k",
    placed_at: january,
  });
  await office.work();
  await placed;
  expect(await ask()).toBe("worked");
  expect(await ask()).toBe("idle");
  const told = office.facts().at(-1);
  expect(told?.kind === "TaxUnknown" && told.reason).toContain("on hold h1 (new contract)");
  expect(asked).toEqual([]);
});

test("a writer that cannot write now is no reason to stop: the draft is asked for again", async () => {
  const { url } = await calculator({ taxes: [vat] });
  const { desk, archive, ask, office } = await due(url);
  const late = () => Promise.reject(new Problem({ status: 503, title: "Service Unavailable" }));
  const stuck = createTaxAsker({
    archive,
    desk,
    orders: { finalize: late, untold: late },
    now: () => january,
  });
  expect(await stuck.turn()).toBe("idle");
  expect(await ask()).toBe("worked");
  expect(office.totals()).toEqual(["INV-000001 s1 2380"]);
});

test("no calculator at a private address is asked, unless somebody allows it", async () => {
  const { url, asked } = await calculator({ taxes: [vat] });
  const { desk, office } = await due(url, { allowed: [] });
  const [draft] = office.written();
  const told = await desk.tell(draft as InvoiceDrafted, january);
  expect(told.kind === "unknown" && told.reason).toContain("OUTBOUND_ALLOWED");
  expect(asked).toEqual([]);
});

test("an answer about where the customer was is not used once the customer has moved", async () => {
  const { url } = await calculator({ taxes: [vat] });
  const { office, desk, catalog, ask } = await due(url);
  const [draft] = office.written();
  const told = await desk.tell(draft as InvoiceDrafted, january);
  if (told.kind !== "calculated") throw new Error(told.kind);
  const moved = { customer: "acme", country: "DE", region: "BE", currency: "USD" };
  for (const fact of factsOf({ customers: [moved] }, catalog)) office.tell(fact);
  const { tenant, invoice } = draft as InvoiceDrafted;
  const asked = office.orders.finalize({ tenant, invoice, calculated: told.fact });
  await office.work();
  await asked;
  expect(office.invoices()).toEqual([]);
  // Who asked before the move says so, and somebody looks.
  await ask();
  const last = office.facts().at(-1);
  expect(last?.kind === "TaxUnknown" && last.reason).toContain("has changed meanwhile");
});

test("a draft that is put on hold while its calculator is asked says so", async () => {
  const { url } = await calculator({ taxes: [vat] });
  const { office, ask } = await due(url);
  const hold = {
    order: "place_hold",
    tenant: "default",
    hold: "h1",
    invoice: null,
    customer: "acme",
    reason: "looked at",
    actor: "k",
    placed_at: january,
  } as const;
  const placed = office.orders.life(hold);
  await office.work();
  await placed;
  await ask();
  const last = office.facts().at(-1);
  expect(last?.kind === "TaxUnknown" && last.reason).toContain("on hold h1 (looked at)");
  expect(office.invoices()).toEqual([]);
});

test.each([true, false])(
  "that nobody can tell a tax is written once, also where its answer was lost (written: %s)",
  async (isWritten) => {
    const { url } = await calculator({ total: 1 });
    const { office, ask } = await due(url, { lost: { at: 1, isWritten } });
    await ask();
    const unknown = office.facts().filter(({ kind }) => kind === "TaxUnknown");
    expect(unknown).toHaveLength(1);
  },
);

test("no tenant signs by the secret of another one", async () => {
  const { url, asked } = await calculator({ taxes: [vat] });
  const { desk, office } = await due(url, { secrets: new Map([["other/TAX", secret]]) });
  const [draft] = office.written();
  const told = await desk.tell(draft as InvoiceDrafted, january);
  expect(told.kind === "unknown" && told.reason).toContain("the deployment has no secret TAX");
  expect(asked).toEqual([]);
});
