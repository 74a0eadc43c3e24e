import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { listInvoices, stream } from "@tallybook/cli";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { advance, expectIdentity, expectReplayed } from "./support/billing.ts";
import { tally } from "./support/tally.ts";

const meterOf = (meter: string) => ({
  meter,
  event_type: meter,
  aggregation: "sum",
  value_property: "n",
});
const planOf = (plan: string, meter: string, amount: string, unit_amount: string) => ({
  plan,
  currency: "USD",
  prices: [
    { price: "base", model: "flat", amount, description: `Base of ${plan}` },
    { price: meter, meter, model: "per_unit", unit_amount },
  ],
});

const catalog = {
  meters: [meterOf("tokens"), meterOf("images")],
  document_settings: [{ document: "invoices", invoice_grouping: "customer" }],
  tax_rates: [{ tax_rate: "vat", name: "VAT", jurisdiction: "DE", percent: 19 }],
  plans: [
    planOf("dev", "tokens", "31.004", "0.00333"),
    planOf("studio", "images", "20.004", "0.07"),
  ],
  customers: [
    { customer: "acme", country: "DE" },
    { customer: "beta", invoice_grouping: "subscription" },
  ],
  subscriptions: ["acme", "beta"].flatMap((customer) => [
    { subscription: `${customer}:dev`, customer, plan: "dev", start: "2024-01-01T00:00:00Z" },
    { subscription: `${customer}:studio`, customer, plan: "studio", start: "2024-01-01T00:00:00Z" },
  ]),
};

/** One deployment; the tests build on each other in their order. */
describe("one invoice for a customer, on the real engines", () => {
  let dir: string;
  let armedDir: string;
  let stack: TestStack;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-grouping-"));
    armedDir = path.join(dir, "armed");
    mkdirSync(armedDir);
    stack = await startStack({
      dir: path.join(dir, "data"),
      clock: "2024-01-01T00:00:00Z",
      env: { FAILPOINT_DIR: armedDir },
    });
    await stack.target.ask("/v1/apply", { body: catalog });
    await advance(stack.target, "2024-01-10T12:00:00Z");
  });

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("holds all of its subscriptions, with one tax and one number, though who writes it dies twice", async () => {
    const used = (id: string, type: string, n: number) => ({
      id,
      type,
      customer: "acme",
      time: "2024-01-10T10:00:00Z",
      properties: { n },
    });
    await stream(stack.target, [used("t1", "tokens", 700), used("i1", "images", 3)]);
    for (const point of ["invoicer.decided", "invoicer.committed"]) {
      writeFileSync(path.join(armedDir, "invoicer"), `${point}:kill:1`);
      await stack.signal("invoicer", "SIGKILL");
      await stack.untilReady();
      const month = point === "invoicer.decided" ? "2024-02" : "2024-03";
      await advance(stack.target, `${month}-01T01:00:00Z`);
      await stack.untilReady();
    }
    const invoices = await listInvoices(stack.target);
    expect(
      invoices.map(({ number, customer, subscription, parts }) => [
        number,
        customer,
        subscription ?? parts.map((part) => part.subscription),
      ]),
    ).toEqual([
      ["INV-000001", "acme", ["acme:dev", "acme:studio"]],
      ["INV-000002", "beta", "beta:dev"],
      ["INV-000003", "beta", "beta:studio"],
      ["INV-000004", "acme", ["acme:dev", "acme:studio"]],
      ["INV-000005", "beta", "beta:dev"],
      ["INV-000006", "beta", "beta:studio"],
    ]);
    // 31.004 + 2.331 + 20.004 + 0.21 = 53.549, and 19 % of it.
    expect(invoices[0]).toMatchObject({
      total: "6372",
      tax: "1017",
      exact: "63.719",
      plan: null,
      taxes: [{ base: "53.549", base_amount: "5355", amount: "1017", lines: [1, 2, 3, 4] }],
      parts: [
        { plan: "dev", exact: "33.335", lines: [1, 2] },
        { plan: "studio", exact: "20.214", lines: [3, 4] },
      ],
    });
    await expectIdentity(stack);
    await expectReplayed(stack, invoices);
  });

  test("is found by each subscription, and its forms name them", async () => {
    const found = await stack.target.ask<{ invoices: { number: string }[] }>("/v1/invoices", {
      query: { subscription: "acme:studio" },
    });
    expect(found.invoices.map(({ number }) => number)).toEqual(["INV-000001", "INV-000004"]);
    const typed = await stack.target.ask<{ subscription_ids: string[] }[]>("/admin/v1/invoices", {
      query: { subscription_id: "acme:studio" },
    });
    expect(typed.map((each) => each.subscription_ids)).toEqual([
      ["acme:dev", "acme:studio"],
      ["acme:dev", "acme:studio"],
    ]);
    const file = (form: string) => path.join(dir, `invoice.${form}`);
    const forms = ["html", "csv", "pdf"];
    const files = forms.flatMap((form) => [`--${form}`, file(form)]);
    const { code } = await tally(["invoices", "INV-000001", ...files, "--data", stack.dir]);
    expect(code).toBe(0);
    const html = readFileSync(file("html"), "utf8");
    for (const each of ["Subscription acme:dev", "Subscription acme:studio", "63.72", "VAT, DE"])
      expect(html).toContain(each);
    const rows = readFileSync(file("csv"), "utf8").trimEnd().split("\r\n");
    expect(rows.slice(1).map((row) => row.split(",")[3])).toEqual([
      "acme:dev",
      "acme:dev",
      "acme:studio",
      "acme:studio",
      "",
    ]);
    expect(readFileSync(file("pdf")).subarray(0, 5).toString()).toBe("%PDF-");
  });

  test("is credited line by line, against the plan of each, and the books agree", async () => {
    const lines = [
      { line: 1, amount: "1000" },
      { line: 3, amount: "500" },
    ];
    await stack.target.ask("/v1/invoices/INV-000001/credit-notes", {
      body: { note: "n1", reason: "down for a day", lines },
    });
    await advance(stack.target, "2024-03-02T00:00:00Z");
    const asked = ["trial-balance", "--tenant", "default", "--json", "--data", stack.dir];
    const { accounts } = JSON.parse((await tally(asked)).out) as {
      accounts: { account: string; closing: string }[];
    };
    const adjusted = accounts.filter(({ account }) => account.startsWith("income:adjustments:"));
    expect(adjusted.map(({ account, closing }) => `${account} ${Number(closing)}`)).toEqual([
      "income:adjustments:dev 10",
      "income:adjustments:studio 5",
    ]);
    await expectIdentity(stack);
  });
});
