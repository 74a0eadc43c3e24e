import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { reconcile } from "@tallybook/audit";
import { listInvoices, monthBegin, stream, withEngines } from "@tallybook/cli";
import { createClient } from "@tallybook/client";
import type { UsageEvent } from "@tallybook/client";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  advance,
  expectIdentity,
  expectReplayed,
  novemberClosed,
  transactionsOf,
} from "./support/billing.ts";
import { tally } from "./support/tally.ts";

const examples = path.join(import.meta.dirname, "../../packages/cli/examples");

/** The tests build on each other in their order. */
describe("a catalog kept as files", () => {
  let dir: string;
  let stack: TestStack;
  const run = (...argv: readonly string[]) => tally([...argv, "--data", stack.dir]);

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-catalog-"));
    stack = await startStack({ dir: path.join(dir, "data"), clock: monthBegin });
  });

  /** Contract and version of each line of an invoice, by the transaction that the line names. */
  async function contractsOf(number: string): Promise<string[]> {
    const { lines } = await stack.target.ask<{ lines: { transaction: string }[] }>(
      `/v1/invoices/${number}/evidence`,
    );
    const posted = new Map((await transactionsOf(stack)).map((each) => [each.id, each.evidence]));
    return lines.map(({ transaction }) => {
      const { contract, contract_version } = posted.get(transaction) ?? {};
      return `${contract} ${contract_version}`;
    });
  }

  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test("the examples are applied, and applying them again changes nothing", async () => {
    for (const [name, entries] of [
      ["ai-platform.yaml", 13],
      ["chatbot.yaml", 4],
      ["acme.yaml", 2],
    ] as const) {
      const file = path.join(examples, name);
      expect(await run("apply", file, "--yes"), name).toMatchObject({ code: 0 });
      const again = await run("apply", file);
      expect(again, name).toMatchObject({ code: 0, out: `unchanged: ${entries} of ${entries}\n` });
    }
  });

  test("the export says what the files say, and applying it changes nothing", async () => {
    const exported = await run("export");
    expect(exported).toMatchObject({ code: 0, err: "" });
    for (const said of [
      "- meter: input_tokens\n    event_type: llm.completion\n    aggregation: sum\n",
      "- { feature: input_tokens, value: 1000000, hard: true }",
      "- { feature: max_context_length, value: 128000 }",
      "- { price: monthly, model: flat, amount: 100, description: Dedicated endpoint }",
      "- { dimensions: { model: model_b, type: input }, unit_amount: 0.000005 }",
    ])
      expect(exported.out).toContain(said);
    const file = path.join(dir, "exported.yaml");
    writeFileSync(file, exported.out);
    expect(await run("apply", file)).toMatchObject({ code: 0, out: "unchanged: 19 of 19\n" });
  });

  test("applied by another tenant, the export makes the same catalog: its export is the same to the byte", async () => {
    const { admin_key } = await createClient(stack.target).createTenant("twin");
    const twin = ["--url", stack.target.url, "--admin-key", admin_key.key];
    const file = path.join(dir, "exported.yaml");
    expect(await tally(["apply", file, "--yes", ...twin])).toMatchObject({ code: 0 });
    expect((await tally(["export", ...twin])).out).toBe(readFileSync(file, "utf8"));
  });

  test("a change is shown field by field, and made when somebody says yes", async () => {
    const file = path.join(dir, "change.yaml");
    writeFileSync(
      file,
      [
        "customers:",
        "  - { customer: acme, name: Acme Robotics, email: billing@acme.example }",
        "  - { customer: bot, name: Bot & Co }",
        "  - { customer: image-fan }",
        "contracts:",
        "  - contract: bot-2023",
        "    customer: bot",
        "    signed_on: 2023-10-20",
        "    overrides:",
        "      - { plan: chatbot, price: api_calls, model: per_unit, unit_amount: 0.005 }",
        "subscriptions:",
        "  - { customer: bot, plan: chatbot, start: 2023-11-01T00:00:00Z }",
        "  - { customer: image-fan, plan: ai_free, start: 2023-11-01T00:00:00Z }",
      ].join("\n"),
    );
    const shown = await run("apply", file, "--dry-run");
    expect(shown.out.split("\n").slice(2)).toEqual([
      "+  contracts      bot-2023",
      "~  customers      acme               email  -    billing@acme.example",
      "+  customers      bot",
      "+  customers      image-fan",
      "+  subscriptions  bot:chatbot",
      "+  subscriptions  image-fan:ai_free",
      "",
    ]);
    expect(await run("apply", file)).toMatchObject({ code: 3 });
    expect(await run("apply", file, "--yes")).toMatchObject({ code: 0 });
    expect(await run("apply", file)).toMatchObject({ code: 0, out: "unchanged: 6 of 6\n" });
  });

  test("the chatbot is billed by the matrix and by the contract", async () => {
    const tokens = (model: string, type: string, count: number) =>
      use("bot", "llm.tokens", { model, type, tokens: count });
    await stream(stack.target, [
      ...Array.from({ length: 20 }, () => use("bot", "api.call", {})),
      tokens("model_a", "input", 1_000_000),
      tokens("model_a", "output", 500_000),
      tokens("model_b", "input", 2_000_000),
      tokens("model_b", "output", 300_000),
      use("image-fan", "image.generation", { model: "brush-1" }),
      use("image-fan", "llm.completion", {
        model: "m",
        input_token_count: 5,
        output_token_count: 7,
      }),
    ]);
    await advance(stack.target, novemberClosed);
    const invoices = await listInvoices(stack.target);
    const bot = invoices.find(({ customer }) => customer === "bot");
    expect(linesOf(bot)).toEqual([
      "api_calls 20 10",
      "llm_tokens model_a input 1000000 1000",
      "llm_tokens model_a output 500000 1000",
      "llm_tokens model_b input 2000000 1000",
      "llm_tokens model_b output 300000 300",
    ]);
    expect(await contractsOf(bot?.number ?? "")).toEqual(bot?.lines.map(() => "bot-2023 1"));
    const page = await run("invoices", bot?.number ?? "", "--html", path.join(dir, "page.html"));
    expect(page).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(dir, "page.html"), "utf8")).toContain(
      "under contract <bdi>bot-2023</bdi>, version 1, signed 2023-10-20",
    );
    await expectReplayed(stack, bot === undefined ? [] : [bot]);
  });

  test("what the free plan has no price for is listed, and nobody is billed for it", async () => {
    const { lists } = await withEngines(stack.run(), reconcile);
    expect(lists.unattributed).toMatchObject([
      { customer: "image-fan", meter: "image_generations", quantity: "1", reason: "no_price" },
    ]);
    const invoices = await listInvoices(stack.target);
    const free = invoices.find(({ customer }) => customer === "image-fan");
    expect(free?.total).toBe("0");
    await expectIdentity(stack);
  });
});

let sent = 0;
function use(
  customer: string,
  type: string,
  properties: Readonly<Record<string, string | number>>,
): UsageEvent {
  sent += 1;
  return { id: `use-${sent}`, type, customer, time: "2023-11-01T00:30:00Z", properties };
}

/** Meter, dimensions, quantity and cents of each line. */
function linesOf(invoice: Awaited<ReturnType<typeof listInvoices>>[number] | undefined): string[] {
  const lines = invoice?.lines.map(({ meter, dimensions, quantity, amount }) =>
    [meter, ...Object.values(dimensions), quantity, amount].join(" "),
  );
  return lines ?? [];
}
