import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  applyExample,
  type Deployment,
  deployment,
  listInvoices,
  monthBegin,
  readTraces,
  stream,
  traceSubscribers,
  withEngines,
} from "@tallybook/cli";
import { createClient } from "@tallybook/client";
import { askClickHouse } from "@tallybook/local";
import { readAll } from "@tallybook/log";
import {
  expectedInvoices,
  startStack,
  type TestStack,
  type Traces,
  traces,
} from "@tallybook/testkit";
import { decode, type Fact, topics } from "@tallybook/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  advance,
  asExpected,
  decemberClosed,
  expectIdentity,
  invoicesText,
  novemberClosed,
} from "./support/billing.ts";
import { ledgerNames, ledgers } from "./support/ledgers.ts";
import { tally } from "./support/tally.ts";
import { until } from "./support/until.ts";

/** One deployment, taken from its first start to its second; the tests build on each other in their order. */
describe("a month on one deployment", () => {
  let data: Traces;
  let dir: string;
  let stack: TestStack;
  let target: Deployment;
  /** A second tenant, with one customer. */
  let other: Deployment;

  const example = path.join(import.meta.dirname, "../../packages/cli/examples/ai-platform.yaml");
  const here = () => ["--data", stack.dir];

  beforeAll(async () => {
    data = traces(1);
    dir = mkdtempSync(path.join(tmpdir(), "tallybook-road-"));
    stack = await startStack({ dir, clock: monthBegin });
    target = stack.target;
  });

  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
    data[Symbol.dispose]();
  });

  test("a catalog is applied from a file, and once more without a change", async () => {
    const unasked = await tally(["apply", example, ...here()]);
    expect(unasked).toMatchObject({ code: 3, err: expect.stringContaining("Say --yes") });
    const first = await tally(["apply", example, "--yes", ...here()]);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain("created meter input_tokens version 1\n");
    expect(first.out).toContain("created plan ai_scale version 1\n");
    const again = await tally(["apply", example, ...here()]);
    expect(again).toEqual({ code: 0, out: "unchanged: 13 of 13\n", err: "" });
  });

  test("a document with faults is refused whole, each with its line and field", async () => {
    const file = path.join(dir, "faulty.yaml");
    writeFileSync(
      file,
      [
        "meters:",
        "  - { meter: tokens, event_type: llm.completion, aggregation: sum }",
        "plans:",
        "  - plan: broken",
        "    currency: QQQ",
        "    prices:",
        "      - price: input",
        "        meter: input_tokens",
        "        model: graduated",
        "        tiers:",
        "          - { up_to: 10, unit_amount: 0.5 }",
        "          - { up_to: 5, unit_amount: 0.3 }",
        "        beyond: last_tier",
        "      - price: output",
        "        meter: output_tokens",
        "        model: graduated",
        "        tiers:",
        "          - { up_to: 10, unit_amount: 0.5 }",
      ].join("\n"),
    );
    const { code, err } = await tally(["apply", file, ...here()]);
    expect(code).toBe(1);
    const faults = err.trim().split("\n");
    expect(
      faults.map((line) => line.replace(`${file}:`, "").split(": ").slice(0, 2).join(" ")),
    ).toEqual([
      "2 meters[0].value_property",
      "5 plans[0].currency",
      "12 plans[0].prices[0].tiers[1].up_to",
      "18 plans[0].prices[1].tiers[0].up_to",
    ]);
  });

  test("bad input is refused item by item, and never by silence", async () => {
    const post = (body: string, key = target.key, route = "/v1/events/batch") =>
      fetch(target.url + route, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body,
      });
    const good = { type: "llm.completion", customer: "nobody", time: "2023-11-01T00:10:00Z" };
    const mixed = await post(
      JSON.stringify([
        { ...good, id: "good-1", type: "unmetered" },
        { ...good, id: "bad-1", customer: undefined },
        { ...good, id: "bad-2", time: "2023-01-01T00:00:00Z" },
        { ...good, id: "bad-3", time: "2023-11-01T02:00:00Z" },
        { ...good, id: "bad-4", time: "yesterday" },
      ]),
    );
    expect(mixed.status).toBe(200);
    expect(await mixed.json()).toMatchObject({
      accepted: 1,
      refused: 4,
      results: [
        { index: 0, status: "accepted" },
        { index: 1, status: "refused", field: "customer", reason: "missing" },
        { index: 2, status: "refused", field: "time", reason: "too_old" },
        { index: 3, status: "refused", field: "time", reason: "too_far_ahead" },
        { index: 4, status: "refused", field: "time", reason: "not_a_time" },
      ],
    });
    const problems = [
      [400, await post("[{")],
      [400, await post('[{"id":"x"}]')],
      [
        400,
        await post(
          "[]".padEnd(10, " ").replace("[]", '{"id":"one-bad"}'),
          target.key,
          "/v1/events",
        ),
      ],
      [401, await post("[]", "no such key")],
      [413, await post(`[${" ".repeat(9 * 1024 * 1024)}]`)],
    ] as const;
    for (const [status, answer] of problems) {
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        status,
        expect.stringContaining("application/problem+json"),
      ]);
    }
  });

  test("a key may do what its role says", async () => {
    const made = await tally(["keys", "create", "--role", "producer", ...here()]);
    const producer = createClient({ url: target.url, key: made.out.trim() });
    await expect(
      producer.reportUsage({
        id: "p-1",
        type: "unmetered",
        customer: "nobody",
        time: "2023-11-01T00:20:00Z",
      }),
    ).resolves.toMatchObject({ status: "accepted" });
    await expect(producer.listCustomers()).rejects.toMatchObject({ status: 403 });
  });

  test("the trace workload of two tenants is billed as the oracle says", async () => {
    const made = await createClient(target).createTenant("other");
    other = deployment(target.url, made.admin_key.key);
    await applyExample(target, traceSubscribers(20));
    await applyExample(other, traceSubscribers(1));
    expect(await tally(["clock", "advance", "2023-11-16T19:30:00Z", ...here()])).toMatchObject({
      code: 0,
    });
    await Promise.all([
      stream(target, readTraces(data.dir, 20)),
      stream(other, readTraces(data.dir, 1)),
      writeUndecodable(stack),
    ]);
    const closing = await tally(["clock", "advance", novemberClosed, ...here()]);
    expect(closing.out).toMatch(/^cut \d+ at 2023-12-01T01:00:00Z\n$/);
    expect(asExpected(await listInvoices(target))).toEqual(expectedInvoices(data.dir, 20));
    expect(asExpected(await listInvoices(other))).toEqual(expectedInvoices(data.dir, 1));
  });

  test("the commands show the invoices, prove a line and print the identity", async () => {
    const list = await tally(["invoices", ...here()]);
    const rows = list.out.trimEnd().split("\n");
    expect(rows).toHaveLength(22);
    expect(rows[2]).toMatch(
      /^INV-\d+ {2}cust-00 {3}ai_developer {2}2023-11-01 to 2023-12-01 {6}5 +\d+\.\d\d {2}USD$/,
    );
    const [number = ""] = (rows[2] ?? "").split(" ");
    const one = await tally(["invoices", number, "--json", ...here()]);
    expect(JSON.parse(one.out)).toMatchObject({ number, customer: "cust-00", currency: "USD" });
    const file = path.join(stack.dir, "page.html");
    expect(await tally(["invoices", number, "--html", file, ...here()])).toMatchObject({ code: 0 });
    const page = readFileSync(file, "utf8");
    expect(page).toContain(`<h1>Invoice ${number}</h1>`);
    // Tiers are shown only where they come to exactly what was charged.
    expect(page).toContain("Each tier prices the units that lie in it.");
    const replay = await tally(["replay", number, "--tenant", "default", ...here()]);
    expect(replay).toMatchObject({
      code: 0,
      out: expect.stringContaining("Every number comes out again."),
    });
    expect(replay.out).toContain("Not proven: that ClickHouse names every event");
    const full = await tally([
      "replay",
      number,
      "--line",
      "2",
      "--full",
      "--json",
      "--tenant",
      "default",
      ...here(),
    ]);
    expect([full.code, JSON.parse(full.out)]).toMatchObject([
      0,
      { reading: { kind: "full" }, lines: [{ line: 2, verdict: { kind: "equal" } }] },
    ]);
    expect(
      await tally(["replay", number, "--line", "99", "--tenant", "default", ...here()]),
    ).toMatchObject({ code: 2 });
    const identity = await tally(["reconcile", "--json", ...here()]);
    expect(identity.code).toBe(0);
    const { identity: rowsOfIt } = JSON.parse(identity.out) as { identity: { residual: string }[] };
    expect(rowsOfIt.length).toBeGreaterThan(10);
    expect(rowsOfIt.every(({ residual }) => residual === "0")).toBe(true);
    const text = await tally(["reconcile", ...here()]);
    expect(text.out).toContain("Every residual is 0");
    const rerated = await tally(["rerate", "--period", "2023-11", ...here()]);
    expect(rerated).toMatchObject({ code: 0, out: expect.stringContaining("No difference: all") });
    expect(await tally(["status", ...here()])).toMatchObject({ code: 0 });
  });

  test("bytes that are no fact of ours end in usage.rejected, with source and reason", async () => {
    const rejected = await withEngines(stack.run(), async ({ log }) => {
      const facts: Fact[] = [];
      for await (const { value } of readAll(log, topics.usageRejected, 2))
        facts.push(decode(value));
      return facts;
    });
    expect(rejected).toContainEqual(
      expect.objectContaining({
        kind: "UsageRejected",
        tenant: "unknown",
        reason: "undecodable",
        raw_offset: expect.any(Number),
        bytes: Buffer.from("no Avro"),
      }),
    );
  });

  test("an analyst reads and does not write; the engine's own user does neither", async () => {
    const { analyst_url } = stack.run().clickhouse;
    const count = "SELECT count() FROM analytics.usage_events";
    const read = await askClickHouse(analyst_url ?? "", count);
    expect([read.status, Number(read.text)]).toEqual([200, 2 * 28_185 + 2]);
    for (const write of [
      "TRUNCATE TABLE tallybook.usage_events",
      "CREATE TABLE tallybook.mine (a Int8) ENGINE = Memory",
    ]) {
      expect(await askClickHouse(analyst_url ?? "", write)).toMatchObject({
        status: expect.not.stringMatching("200"),
      });
    }
    const nobody = `http://default@${new URL(analyst_url ?? "").host}`;
    for (const statement of [
      count,
      "CREATE TABLE default.mine (a Int8) ENGINE = Memory",
      "SELECT * FROM system.users",
    ]) {
      expect((await askClickHouse(nobody, statement)).status).not.toBe(200);
    }
  });

  test("stopped, it leaves nothing; started again, it takes up its data", async () => {
    const before = await invoicesText(target);
    const marks = Object.values(stack.run().processes);
    expect(await stack.stop()).toBe(0);
    expect(existsSync(path.join(dir, "run.json"))).toBe(false);
    expect(marks.filter(isRunning)).toEqual([]);
    await expect(startStack({ dir, clock: monthBegin })).rejects.toThrow("time only goes forward");
    stack = await startStack({ dir });
    target = stack.target;
    expect(await invoicesText(target)).toBe(before);
  });

  test("usage that comes late is adjusted on the next invoice", async () => {
    const late = {
      id: "late-1",
      type: "llm.completion",
      customer: "cust-00",
      time: "2023-11-30T12:00:00Z",
      properties: { model: "code", input_token_count: 2_000_000, output_token_count: 0 },
    };
    expect(await stream(target, [late, late])).toMatchObject({ accepted: 2, refused: [] });
    await advance(target, decemberClosed);
    const december = (await listInvoices(target)).filter(
      (invoice) => invoice.customer === "cust-00" && invoice.period.from.startsWith("2023-12"),
    );
    expect(december).toHaveLength(1);
    expect(december[0]?.total).toBe("2060");
    expect(
      december[0]?.lines.map(({ description, amount }) => [description, amount]),
    ).toMatchObject([
      ["Monthly fee", "2000"],
      [expect.stringMatching(/2023-11/), expect.any(String)],
      [expect.stringMatching(/2023-11/), expect.any(String)],
    ]);
    await expectIdentity(stack);
  });

  test("what customers owe by the journal is what was invoiced, and other ledgers take its export", async () => {
    const balance = await tally(["trial-balance", ...here(), "--tenant", "default", "--json"]);
    expect(balance.code, balance.err).toBe(0);
    const { accounts } = JSON.parse(balance.out) as {
      accounts: { account: string; closing: string }[];
    };
    const owed = accounts
      .filter(({ account }) => account.startsWith("assets:receivable:"))
      .map(({ account, closing }) => [account.split(":")[2] ?? "", minorUnits(closing)] as const);
    const invoiced = new Map<string, bigint>();
    for (const { customer, total } of await listInvoices(target))
      invoiced.set(customer, (invoiced.get(customer) ?? 0n) + BigInt(total));
    expect(new Map(owed)).toEqual(invoiced);

    const books = path.join(dir, "books");
    const exported = await tally(["journal", "export", books, ...here(), "--tenant", "default"]);
    expect(exported.code, exported.err).toBe(0);
    const { checks } = await ledgers();
    for (const name of ledgerNames)
      expect({ name, ...(await checks[name](books)) }).toMatchObject({ name, code: 0 });
  });

  test("killed by force, it leaves nothing running either, and goes on where it was", async () => {
    const before = await invoicesText(target);
    const { pid, processes } = stack.run();
    process.kill(pid, "SIGKILL");
    await until("its children to end", async () =>
      Object.values(processes).some(isRunning) ? undefined : true,
    );
    stack = await startStack({ dir });
    target = stack.target;
    expect(await invoicesText(target)).toBe(before);
    await expectIdentity(stack);
  });
});

/** Of a balance without fractions of a cent. */
function minorUnits(amount: string): bigint {
  const [whole = "", cents = ""] = amount.split(".");
  expect(cents.length).toBeLessThanOrEqual(2);
  return BigInt(whole + cents.padEnd(2, "0"));
}

function isRunning({ pid }: { readonly pid: number }): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function writeUndecodable(stack: TestStack): Promise<void> {
  await withEngines(stack.run(), async ({ log }) => {
    const producer = await log.producer();
    await producer.send([
      {
        topic: topics.usageRaw,
        partition: 2,
        key: Buffer.from("anything"),
        value: Buffer.from("no Avro"),
      },
    ]);
  });
}
