import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import { reconcile } from "@tallybook/audit";
import { listDrafts, listInvoices, stream, withEngines } from "@tallybook/cli";
import type { NewTenant } from "@tallybook/client";
import { verifyMessage } from "@tallybook/invoice";
import type { InvoiceDocument, NumberedDocument } from "@tallybook/invoice";
import { decimal, sum, toText } from "@tallybook/money";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { advance, expectIdentity, expectReplayed } from "./support/billing.ts";
import { tally } from "./support/tally.ts";
import { expectTaxed, taxed } from "./support/taxed.ts";
import { until } from "./support/until.ts";

const catalog = {
  meters: [
    {
      meter: "tokens",
      event_type: "llm",
      aggregation: "sum",
      value_property: "n",
      dimensions: ["model"],
    },
  ],
  plans: [
    {
      plan: "dev",
      currency: "USD",
      prices: [
        { price: "base", model: "flat", amount: "31" },
        {
          price: "tokens",
          meter: "tokens",
          model: "graduated",
          tiers: [
            { up_to: "1000", unit_amount: "0.00333" },
            { up_to: null, unit_amount: "0.00111" },
          ],
        },
      ],
    },
    {
      plan: "other",
      currency: "USD",
      prices: [{ price: "tokens", meter: "tokens", model: "per_unit", unit_amount: "0.5" }],
    },
  ],
  customers: [{ customer: "acme" }, { customer: "beta" }],
  subscriptions: [
    { subscription: "a", customer: "acme", plan: "dev", start: "2024-01-01T00:00:00Z" },
    { subscription: "b", customer: "beta", plan: "dev", start: "2024-01-01T00:00:00Z" },
  ],
};

interface Billed {
  readonly invoices: readonly InvoiceDocument[];
  readonly complete: boolean;
}

/** One deployment; the tests build on each other in their order. */
describe("billing on demand, on the real engines", () => {
  let dir: string;
  let armedDir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-bill-now-"));
    armedDir = path.join(dir, "armed");
    mkdirSync(armedDir);
    stack = await startStack({
      dir: path.join(dir, "data"),
      clock: "2024-01-01T00:00:00Z",
      env: { FAILPOINT_DIR: armedDir, OUTBOUND_ALLOWED: "127.0.0.1/32" },
    });
    const body = { ahead_seconds: 200 * 86_400 };
    await stack.target.ask("/v1/settings", { method: "PUT", body });
    await stack.target.ask("/v1/apply", { body: catalog });
    await advance(stack.target, "2024-01-10T12:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  const billed = (subscription = "a"): Promise<Billed> =>
    stack.target.ask(`/v1/subscriptions/${subscription}/bill`, { method: "POST" });
  const finalized = ({ invoice }: InvoiceDocument): Promise<NumberedDocument> =>
    stack.target.ask(`/v1/invoices/${invoice}/finalize`, { method: "POST" });
  const use = (id: string, time: string, n: number, model = "small", customer = "acme") =>
    stream(stack.target, [{ id, type: "llm", customer, time, properties: { model, n } }]);

  test("what is used so far is on a draft when the request is answered, and nobody else's is", async () => {
    await use("a1", "2024-01-03T10:00:00Z", 700);
    // After the clock, and all the same of the running month.
    await use("a2", "2024-01-20T10:00:00Z", 200, "large");
    await use("b1", "2024-01-03T10:00:00Z", 5, "small", "beta");
    const { invoices, complete } = await billed();
    expect(complete).toBe(true);
    expect(invoices.map(shown)).toEqual([
      {
        status: "draft",
        number: null,
        subscription: "a",
        total: "300",
        exact: "2.997",
        rounding: "0.003",
        lines: ["tokens, model large: 200 for 0.666", "tokens, model small: 700 for 2.331"],
      },
    ]);
    expect(await listDrafts(stack.target)).toEqual(invoices);
    expect(await listInvoices(stack.target)).toEqual([]);
    const [draft] = invoices;
    expect(await stack.target.ask(`/v1/invoices/${draft?.invoice}`)).toEqual(draft);
    await expectIdentity(stack);
  });

  test("a second bill asks for the difference alone, and one without news for nothing", async () => {
    await use("a3", "2024-01-05T10:00:00Z", 300);
    const { invoices } = await billed();
    expect(invoices.map(shown)).toMatchObject([
      {
        // Of the 300, 100 are within the first tier: 3.33 + 0.222 in all, shared by all that was used.
        exact: "0.555",
        lines: [
          "tokens, model large, less what was billed before: 0 for -0.074",
          "tokens, model small, less what was billed before: 300 for 0.629",
        ],
      },
    ]);
    expect(await billed()).toMatchObject({ invoices: [], complete: true });
    await expectIdentity(stack);
  });

  test("finalizing numbers a draft once, and the tax on it is none", async () => {
    const [first, second] = await listDrafts(stack.target);
    if (first === undefined || second === undefined) throw new Error("two drafts");
    // The later one first: numbers follow the order in which they are given.
    const numbered = await finalized(second);
    expect(numbered).toMatchObject({ ...second, status: "finalized", number: "INV-000001" });
    expect(await finalized(second)).toEqual(numbered);
    expect((await finalized(first)).number).toBe("INV-000002");
    const tax = await stack.target.ask(`/v1/invoices/${first.invoice}/calculate-tax`, {
      method: "POST",
    });
    expect(tax).toMatchObject({ tax: "0", currency: "USD" });
    expect(await listDrafts(stack.target)).toEqual([]);
    await expectReplayed(stack, await listInvoices(stack.target));
    await expectIdentity(stack);
  });

  test("a bill is made once, whoever dies while it is made", async () => {
    await use("a4", "2024-01-06T10:00:00Z", 1_000, "large");
    writeFileSync(path.join(armedDir, "rater"), "rater.begun:kill:1");
    writeFileSync(path.join(armedDir, "invoicer"), "invoicer.decided:kill:1");
    const died = await Promise.all(
      ["rater", "invoicer"].map((name) => stack.signal(name, "SIGKILL")),
    );
    await stack.untilReady();
    // Who asked is told nothing by an invoicer that dies, and asks again.
    await billed().catch(() => undefined);
    const [draft, ...others] = await until("a draft", async () => {
      const drafts = await listDrafts(stack.target).catch(() => []);
      return drafts.length > 0 ? drafts : undefined;
    });
    expect(others).toEqual([]);
    expect(draft?.exact).toBe("1.11");
    expect(died).not.toContain(await stack.pidOf("rater"));
    await stack.untilReady();
    expect(await billed()).toMatchObject({ invoices: [] });

    writeFileSync(path.join(armedDir, "invoicer"), "invoicer.committed:kill:1");
    await stack.signal("invoicer", "SIGKILL");
    await stack.untilReady();
    if (draft === undefined) throw new Error("a draft");
    await finalized(draft).catch(() => undefined);
    await stack.untilReady();
    expect((await finalized(draft)).number).toBe("INV-000003");
    expect((await listInvoices(stack.target)).map(({ number }) => number)).toEqual([
      "INV-000001",
      "INV-000002",
      "INV-000003",
    ]);
    await expectIdentity(stack);
  });

  test("the month's end bills the fee and the rest, and late usage what it changes", async () => {
    await use("a5", "2024-01-30T10:00:00Z", 100);
    await advance(stack.target, "2024-02-01T01:00:00Z");
    const [last, others] = lastOf(await listInvoices(stack.target), "a");
    expect(last?.lines.map(({ description }) => description)).toEqual([
      "base",
      "tokens, model large, less what was billed before",
      "tokens, model small, less what was billed before",
    ]);
    // 31 for the month, 1000 at 0.00333 and 1300 at 0.00111.
    expect(exactOf([...others, last])).toBe("35.773");
    await expectIdentity(stack);

    await use("a6", "2024-01-31T10:00:00Z", 10);
    await advance(stack.target, "2024-03-01T01:00:00Z");
    const [february, before] = lastOf(await listInvoices(stack.target), "a");
    expect(exactOf([...before, february])).toBe("66.7841");
    await expectReplayed(stack, await listInvoices(stack.target));
    await expectIdentity(stack);
  });

  test("what was billed by a plan that the month was not on is given back, and billed by the other", async () => {
    await use("b2", "2024-03-01T00:30:00Z", 40, "small", "beta");
    const [first] = (await billed("b")).invoices;
    expect(first?.exact).toBe("0.1332");
    await stack.target.ask("/v1/subscriptions/b/change", {
      body: { plan: "other", at: "2024-03-01T00:00:00Z" },
    });
    const [second] = (await billed("b")).invoices;
    expect(second?.exact).toBe("20");
    await expectIdentity(stack);
    if (first === undefined || second === undefined) throw new Error("two drafts");
    await finalized(first);
    await finalized(second);
    await advance(stack.target, "2024-04-01T01:00:00Z");
    const [march] = lastOf(await listInvoices(stack.target), "b");
    expect(march?.lines.map(({ description, exact }) => `${description}: ${exact}`)).toEqual([
      "Taken back, billed before its period was over: tokens, model small: -0.1332",
    ]);
    await expectReplayed(stack, await listInvoices(stack.target));
    await expectIdentity(stack);
  });

  test("a person bills, looks and finalizes from the command line", async () => {
    const run = (...argv: readonly string[]) => tally([...argv, "--data", stack.dir]);
    await use("b3", "2024-04-02T10:00:00Z", 3, "small", "beta");
    const bill = await run("bill", "b");
    expect([bill.code, bill.out]).toEqual([0, expect.stringMatching(/^Draft {2}beta, other/)]);
    const [draft] = await listDrafts(stack.target);
    expect((await run("invoices")).out).toContain(draft?.invoice);
    const page = path.join(dir, "draft.html");
    await run("invoices", draft?.invoice ?? "", "--html", page);
    expect(readFileSync(page, "utf8")).toContain("Draft of an invoice");
    const replayed = await run("replay", draft?.invoice ?? "", "1");
    expect([replayed.code, replayed.out]).toEqual([0, expect.stringContaining("b3")]);
    await stack.target.ask("/v1/apply", { body: taxed });
    const invoice = await run("finalize", draft?.invoice ?? "");
    expect([invoice.code, invoice.out]).toEqual([0, expect.stringMatching(/^Invoice EU-0001/)]);
    expect((await run("bill", "b")).out).toContain("nothing");
  });

  test("what an invoice has of taxes is posted, replayed and in the books", async () => {
    const [invoice] = lastOf(await listInvoices(stack.target), "b");
    await expectTaxed(stack, invoice);
  });

  test("a receiver is told what happens, in order, and again by an invoicer that died before it wrote so", async () => {
    const run = (...argv: readonly string[]) => tally([...argv, "--data", stack.dir]);
    await using receiver = await openReceiver();
    await stack.target.ask("/v1/webhook-endpoints", {
      body: { webhook_endpoint: "books", url: receiver.url },
    });
    const secret = (await run("webhooks", "secret", "books")).out.trim();
    expect((await run("webhooks")).out).toMatch(/books .* yes /);
    writeFileSync(path.join(armedDir, "invoicer"), "webhooks.sent:kill:1");
    await stack.signal("invoicer", "SIGKILL");
    await stack.untilReady();
    await use("b4", "2024-04-03T10:00:00Z", 4, "small", "beta");
    await billed("b").catch(() => undefined);
    const first = await until("two messages", async () =>
      receiver.taken.length >= 2 ? receiver.taken : undefined,
    );
    expect([first[1]?.id, first[1]?.body]).toEqual([first[0]?.id, first[0]?.body]);
    await stack.untilReady();
    const [draft] = await listDrafts(stack.target);
    if (draft === undefined) throw new Error("a draft");
    const invoice = await finalized(draft);
    const all = await until("three messages", async () =>
      receiver.taken.length >= 3 ? receiver.taken : undefined,
    );
    expect(
      all.map(({ body }) => JSON.parse(body)).map(({ type, data }) => [type, data.total]),
    ).toEqual([
      ["invoice.drafted", draft.total],
      ["invoice.drafted", draft.total],
      ["invoice.finalized", invoice.total],
    ]);
    for (const { id, timestamp, signed, body } of all)
      expect(verifyMessage({ id, timestamp, body }, signed, secret, Number(timestamp))).toEqual({
        kind: "verified",
      });
    await until("all to be delivered", async () =>
      (await run("webhooks", "deliveries", "--status", "delivered")).out.includes("finalized")
        ? true
        : undefined,
    );

    const page = path.join(dir, "invoice.html");
    await run("invoices", invoice.number, "--html", page);
    const code = /--verify ([0-9A-Z-]{19})/.exec(readFileSync(page, "utf8"))?.[1] ?? "";
    const found = await run("invoices", "--verify", code.toLowerCase());
    expect([found.code, found.out]).toEqual([0, expect.stringContaining(invoice.number)]);
    expect((await run("invoices", "--verify", "0000-0000-0000-0000")).code).toBe(1);
  });

  test("who may not bill is told so, and what is not there is not found", async () => {
    const ask = (key: string, url: string) =>
      fetch(new URL(url, stack.target.url), {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
      }).then(({ status }) => status);
    const { key } = await stack.target.ask<{ key: string }>("/v1/api-keys", {
      body: { role: "analyst" },
    });
    const { admin_key } = await stack.target.ask<NewTenant>("/v1/tenants", {
      body: { tenant: "others" },
    });
    const others = admin_key.key;
    const [invoice] = await listInvoices(stack.target);
    expect([
      await ask(key, "/v1/subscriptions/a/bill"),
      await ask(key, `/v1/invoices/${invoice?.invoice}/finalize`),
      await ask(stack.target.key, "/v1/subscriptions/nobody/bill"),
      await ask(stack.target.key, "/v1/invoices/none/finalize"),
      await ask(others, "/v1/subscriptions/a/bill"),
      await ask(others, `/v1/invoices/${invoice?.invoice}/finalize`),
    ]).toEqual([403, 403, 404, 404, 404, 404]);
    const { lists } = await withEngines(stack.run(), reconcile);
    expect(lists.unattributed).toEqual([]);
  });
});

interface Taken {
  readonly id: string;
  readonly timestamp: string;
  readonly signed: string;
  readonly body: string;
}

/** A receiver that takes everything. */
async function openReceiver() {
  const taken: Taken[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const header = (name: string) => String(incoming.headers[`webhook-${name}`]);
      const [id, timestamp, signed] = [header("id"), header("timestamp"), header("signature")];
      taken.push({ id, timestamp, signed, body });
      outgoing.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function shown({ status, number, subscription, total, exact, rounding, lines }: InvoiceDocument) {
  return {
    status,
    number,
    subscription,
    total,
    exact,
    rounding,
    lines: lines.map((line) => `${line.description}: ${line.quantity} for ${line.exact}`),
  };
}

function lastOf(
  invoices: readonly NumberedDocument[],
  subscription: string,
): [last: NumberedDocument | undefined, others: readonly NumberedDocument[]] {
  const own = invoices.filter((invoice) => invoice.subscription === subscription);
  return [own.at(-1), own.slice(0, -1)];
}

function exactOf(invoices: readonly (NumberedDocument | undefined)[]): string {
  return toText(sum(invoices.map((invoice) => decimal(invoice?.exact ?? "0"))));
}
