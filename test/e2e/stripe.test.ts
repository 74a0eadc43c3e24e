import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { listInvoices, stream } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { openStripeStandIn, stripeSignature } from "@tallybook/testkit/stripe";
import type { StripeStandIn } from "@tallybook/testkit/stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { advance, expectIdentity, expectReplayed } from "./support/billing.ts";
import { tally } from "./support/tally.ts";
import { until } from "./support/until.ts";

const [key, secret] = ["sk_test_12345678", "whsec_abcdefgh12345678"];
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
  entities: [{ entity: "gmbh", country: "DE", tax_id: "DE1" }],
  tax_rates: [{ tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: 19 }],
  plans: [
    {
      plan: "dev",
      currency: "USD",
      prices: [
        { price: "base", model: "flat", amount: "31" },
        { price: "tokens", meter: "tokens", model: "per_unit", unit_amount: "0.00333" },
      ],
    },
  ],
  customers: [{ customer: "acme", country: "DE", entity: "gmbh" }],
  subscriptions: [
    { subscription: "a", customer: "acme", plan: "dev", start: "2024-01-01T00:00:00Z" },
  ],
  stripe_accounts: [
    { stripe_account: "main", api_key: "STRIPE_KEY", webhook_secret: "STRIPE_WEBHOOK" },
  ],
  stripe_customers: [{ customer: "acme", stripe_account: "main", stripe_customer: "cus_1" }],
};

/** One deployment, and a stand-in for Stripe that its real library asks; the tests build on each other in their order. */
describe("collecting by Stripe, on the real engines", () => {
  let dir: string;
  let armedDir: string;
  let stack: TestStack;
  let standIn: StripeStandIn;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-stripe-"));
    armedDir = path.join(dir, "armed");
    mkdirSync(armedDir);
    standIn = await openStripeStandIn({ key, customers: ["cus_1"] });
    stack = await startStack({
      dir: path.join(dir, "data"),
      clock: "2024-01-01T00:00:00Z",
      env: {
        FAILPOINT_DIR: armedDir,
        STRIPE_API_URL: standIn.url,
        STRIPE_SECRETS: `STRIPE_KEY=${key},STRIPE_WEBHOOK=${secret}`,
      },
    });
    const body = { ahead_seconds: 200 * 86_400 };
    await stack.target.ask("/v1/settings", { method: "PUT", body });
    await stack.target.ask("/v1/apply", { body: catalog });
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await standIn?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const run = (...argv: readonly string[]) => tally([...argv, "--data", stack.dir]);
  const handed = (status: string) =>
    until(`an invoice that is ${status}`, async () => {
      const { out } = await run("stripe");
      return out.includes(status) ? out : undefined;
    });
  async function deliver(body: string, given = secret): Promise<number> {
    const signature = stripeSignature(body, given, Math.floor(Date.now() / 1_000));
    const url = new URL("/v1/stripe/webhook/default/main", stack.target.url);
    const headers = { "stripe-signature": signature };
    const answer = await fetch(url, { method: "POST", headers, body });
    await answer.text();
    return answer.status;
  }

  test("an invoicer that dies between two requests leaves one invoice at Stripe, to the cent", async () => {
    const uses = ["small", "large", "tiny"].map((model, nth) => ({
      id: `u${nth}`,
      type: "llm",
      customer: "acme",
      time: "2024-01-05T10:00:00Z",
      properties: { model, n: 777 + nth },
    }));
    await stream(stack.target, uses);
    // The third request is an item of the draft.
    writeFileSync(path.join(armedDir, "invoicer"), "stripe.asked:kill:4");
    await stack.signal("invoicer", "SIGKILL");
    await stack.untilReady();
    await advance(stack.target, "2024-02-01T01:00:00Z").catch(() => undefined);
    await handed("handed");
    const [invoice] = await listInvoices(stack.target);
    expect(standIn.standing()).toMatchObject([{ status: "open", currency: "usd" }]);
    const [own] = standIn.standing();
    const items = standIn.itemsOf(own?.id ?? "");
    expect(String(standIn.totalOf(own?.id ?? ""))).toBe(invoice?.total);
    expect(items.map(({ amount, description }) => [String(amount), description])).toEqual(
      invoice?.lines.map(({ amount, description }) => [amount, description]),
    );
    // It was asked anew behind the death, and made nothing twice.
    const { requests } = standIn;
    expect(requests.filter(({ route }) => route === "GET /v1/invoices").length).toBeGreaterThan(1);
    const again = await run("stripe", "hand", invoice?.number ?? "");
    expect(again.out).toContain("handed");
    expect(requests.filter(({ route }) => route === "POST /v1/invoices")).toHaveLength(1);
  });

  test("what the customer pays there is in the books here, once, and nobody else can say so", async () => {
    await stack.untilReady();
    const [own] = standIn.standing();
    if (own === undefined) throw new Error("an invoice at Stripe");
    const total = standIn.totalOf(own.id);
    standIn.pay(own, total + 250);
    const paid = standIn.event("invoice.paid", own);
    expect(await deliver(paid, "whsec_of_somebody_else")).toBe(400);
    for (let time = 0; time < 3; time += 1) expect(await deliver(paid)).toBe(200);
    expect(await deliver(standIn.event("invoice.payment_succeeded", own))).toBe(200);
    expect(await handed("paid")).toContain(own.id);
    const [invoice] = await listInvoices(stack.target);
    expect(await stack.target.ask(`/v1/invoices/${invoice?.number}/state`)).toMatchObject({
      state: "paid",
      open: "0",
      paid: String(total),
    });
    const refused = await run("stripe", "withdraw", invoice?.number ?? "", "--reason", "x");
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("credit note")]);
    expect((await run("stripe", "events")).out).toMatch(/invoice\.paid .* stripe:evt_/);
    await advance(stack.target, "2024-02-02T00:00:00Z");
    const books = (await run("trial-balance")).out;
    expect(books).toMatch(/assets:bank /);
    expect(books).toMatch(/liabilities:credits:acme .* -2\.5 /);
    await expectReplayed(stack, await listInvoices(stack.target));
    await expectIdentity(stack);
  });
});
