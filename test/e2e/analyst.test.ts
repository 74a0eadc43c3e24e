import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { monthBegin, platformScenario, type PlatformOutcome, requestCut } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";
import { analyticsViews } from "@tallybook/columns/access";
import { startStack, type TestStack } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { exact, plainly, queriesOfPage, type Rows } from "./support/analyst-page.ts";
import {
  acceptedOf,
  cohortsOf,
  groupedBy,
  hourOf,
  modelOf,
  tokensOf,
} from "./support/demo-month.ts";
import { jdbc } from "./support/jdbc.ts";
import { expectOwed } from "./support/owed.ts";
import { pythonOf } from "./support/python.ts";
import { readTable } from "./support/read-table.ts";
import { relay } from "./support/relay.ts";
import { type Outcome, tally } from "./support/tally.ts";
import { until } from "./support/until.ts";

const queries = queriesOfPage();
const seed = 7;
const eventCount = 2_000;

type Login = Readonly<
  Record<
    "url" | "host" | "http_port" | "native_port" | "database" | "user" | "password" | "jdbc",
    string
  >
>;

describe("an analyst of the demo's month", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-analyst-"));
  let stack: TestStack;
  let demo: PlatformOutcome;
  let login: Login;
  let events: readonly UsageEvent[];

  beforeAll(async () => {
    stack = await startStack({ clock: monthBegin });
    const { signal } = new AbortController();
    const { target } = stack;
    demo = await platformScenario(
      { target, run: stack.run(), signal },
      { seed, events: eventCount, remark: () => {} },
    );
    events = acceptedOf(demo);
    login = await accessOf([]);
    const lines = demo.invoices.reduce((sum, invoice) => sum + invoice.lines.length, 0);
    await until("the invoices in ClickHouse", async () => {
      const [[count] = []] = await ask(
        "SELECT count() FROM analytics.invoice_lines WHERE cut IS NOT NULL OR kind = 'rounding'",
      );
      return Number(count) >= lines ? true : undefined;
    });
  }, 240_000);

  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  async function accessOf(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Login> {
    const told = await tally(["analyst-access", ...args, "--json", "--data", stack.dir], variables);
    expect(told).toMatchObject({ code: 0 });
    return JSON.parse(told.out) as Login;
  }

  async function ask(query: string, as: Login = login): Promise<Rows> {
    const answer = await fetch(
      `http://${as.host}:${as.http_port}/?default_format=JSONCompactStrings`,
      {
        method: "POST",
        body: query,
        headers: { "x-clickhouse-user": as.user, "x-clickhouse-key": as.password },
      },
    );
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}\n${text}`);
    return (JSON.parse(text) as { data: Rows }).data;
  }

  function exported(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    return tally(["export-view", ...args, "--data", stack.dir], variables);
  }

  function refused(query: string, as: Login): Promise<string> {
    return ask(query, as).then(String, String);
  }

  async function asked(number: number): Promise<Rows> {
    const query = queries.get(number);
    if (query === undefined || query === "")
      throw new Error(`docs/analyst.md has no query ${number}`);
    return plainly(await ask(query));
  }

  /** The columns of rows, by the first. */
  const sums = (rows: Rows, column: number): bigint =>
    rows.reduce((sum, row) => sum + exact(row[column]), 0n);

  test("finds fifteen queries on the page, and the views that they read", async () => {
    expect([...queries.keys()]).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    const shown = (await ask("SHOW TABLES FROM analytics")).map(([name]) => name);
    expect(shown).toEqual(expect.arrayContaining([...analyticsViews]));
  });

  test("1, 7: what is billed and owed is what the invoices say", async () => {
    const totals = new Map<string, bigint>();
    for (const { customer, total } of demo.invoices)
      totals.set(customer, (totals.get(customer) ?? 0n) + exact(total) / 100n);
    const billed = [...totals].filter(([, total]) => total !== 0n).toSorted(byFirst);
    const spenders = await asked(1);
    const positive = spenders.filter(([, , amount]) => exact(amount) !== 0n);
    expect(
      positive.map(([customer, , amount]) => [customer, exact(amount)]).toSorted(byFirst),
    ).toEqual(billed);
    const owed = await asked(7);
    expect(owed.map((row) => [row[0], exact(row[8])]).toSorted(byFirst)).toEqual(billed);
    // All of it is on invoices, of November and of December.
    for (const [, , notInvoiced, young, december, november, older, disputed, all] of owed) {
      expect([notInvoiced, older, disputed]).toEqual(["0", "0", "0"]);
      expect(exact(young) + exact(december) + exact(november)).toBe(exact(all));
    }
  });

  test("2, 3: tokens by hour and model, and their ratio", async () => {
    const completions = events.filter(({ type }) => type === "llm.completion");
    const both = (of: readonly UsageEvent[]) =>
      [tokensOf("input_token_count", of), tokensOf("output_token_count", of)] as const;
    const byHour = groupedBy(completions, (event) => `${hourOf(event)} ${modelOf(event)}`);
    const hours = await asked(2);
    expect(hours.map(([hour, model, ...of]) => [`${hour} ${model}`, ...of])).toEqual(
      byHour.map(([key, of]) => [key, ...both(of).map(String)]),
    );
    const ratios = (await asked(3)).map(([customer, , , ratio]) => [customer, exact(ratio)]);
    const expected = groupedBy(completions, ({ customer }) => customer).map(([customer, of]) => {
      const [input, output] = both(of);
      return [customer, ((output * 1_000_000n) / input) * 10n ** 18n];
    });
    expect(ratios.toSorted(byFirst)).toEqual(expected);
  });

  test("4, 9: what came late, and what came twice", async () => {
    const cuts = await asked(4);
    expect(cuts.reduce((sum, [, of]) => sum + Number(of), 0)).toBe(events.length);
    expect(cuts.reduce((sum, [, , late]) => sum + Number(late), 0)).toBe(demo.month.late.length);
    expect(demo.month.late.length).toBeGreaterThan(5);
    // What came late is billed by adjustments, and nothing else is late.
    const kinds = await ask(
      "SELECT kind = 'adjustment' AS adjusts, late, count() > 5 FROM analytics.invoice_lines GROUP BY adjusts, late ORDER BY adjusts",
    );
    expect(kinds).toEqual([
      ["0", "false", "1"],
      ["1", "true", "1"],
    ]);
    const repeats = await asked(9);
    expect(repeats.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(demo.month.repeats);
    expect(repeats.map(([source]) => source)).toEqual(["gateway-0", "gateway-1", "gateway-2"]);
  });

  test("5: the events of each line add up to what it was rated from", async () => {
    const lines = await asked(5);
    const usage = await ask(
      "SELECT uniqExact(number, meter) FROM analytics.invoice_lines WHERE kind = 'usage'",
    );
    expect(lines.length).toBe(Number(usage[0]?.[0]));
    expect(lines.length).toBeGreaterThan(20);
    for (const [number, meter, billed, measured] of lines)
      expect([number, meter, measured]).toEqual([number, meter, billed]);
  });

  test("6: the books balance, and hold what the invoices say", async () => {
    const accounts = await asked(6);
    expect(sums(accounts, 4)).toBe(0n);
    expect(sums(accounts, 2)).toBe(sums(accounts, 3));
    const receivable = accounts.filter(([, name]) => name === "assets:receivable");
    const totals = demo.invoices.reduce((sum, { total }) => sum + exact(total) / 100n, 0n);
    expect(sums(receivable, 4)).toBe(totals);
  });

  test("8: what nobody pays for are the images of the free plan", async () => {
    const free = new Set(
      demo.month.customers.filter(({ plan }) => plan === "ai_free").map(({ customer }) => customer),
    );
    const images = events.filter(
      ({ type, customer }) => type === "image.generation" && free.has(customer),
    );
    expect(images.length).toBeGreaterThan(0);
    const customers = new Set(images.map(({ customer }) => customer)).size;
    expect(await asked(8)).toEqual([
      ["not priced", "image_generations", String(customers), String(images.length)],
    ]);
  });

  test("10: who came when, and stayed", async () => {
    const rows = await asked(10);
    expect(new Map(rows.map(([cohort, after, of]) => [`${cohort} ${after}`, Number(of)]))).toEqual(
      cohortsOf(events),
    );
  });

  test("11: what was used by the middle of the month, and what it came to", async () => {
    const input = (await asked(11)).find(([meter]) => meter === "input_tokens");
    const half = events.filter(({ time }) => String(time) < "2023-11-16");
    const soFar = tokensOf("input_token_count", half);
    const all = tokensOf("input_token_count", events);
    expect(input?.slice(1)).toEqual([soFar, soFar * 2n, all].map(String));
  });

  test("12: the first tier holds what of each month is below its bound", async () => {
    const late = new Set(demo.month.late.map(({ id }) => id));
    const used = demo.month.customers
      .filter(({ plan }) => plan === "ai_developer")
      .map(({ customer }) => events.filter((one) => one.customer === customer && !late.has(one.id)))
      .map((of) => tokensOf("input_token_count", of));
    const below = used.reduce((sum, one) => sum + (one < 1_000_000n ? one : 1_000_000n), 0n);
    const tiers = (await asked(12)).filter(
      ([plan, meter]) => plan === "ai_developer" && meter === "input_tokens",
    );
    expect(tiers[0]?.slice(2)).toEqual(["1", String(used.length), String(below)]);
    const total = used.reduce((sum, one) => sum + one, 0n);
    expect(sums(tiers, 4)).toBe(total * 10n ** 24n);
  });

  test("13: the size that 95 of 100 requests stay below", async () => {
    const completions = events.filter(({ type }) => type === "llm.completion");
    const expected = groupedBy(completions, modelOf).map(([model, of]) => {
      const sizes = of
        .map((event) => Number(tokensOf("input_token_count", [event])))
        .toSorted((one, other) => one - other);
      return [model, String(sizes.length), String(sizes[Math.floor(0.95 * sizes.length)])];
    });
    expect(await asked(13)).toEqual(expected);
  });

  test("14: the runs cost what the lines of usage say", async () => {
    const runs = await asked(14);
    expect(runs.length).toBe(3);
    const [[billed] = []] = await ask(
      "SELECT sum(exact) FROM analytics.invoice_lines WHERE meter != ''",
    );
    const difference = sums(runs, 3) - exact(billed);
    // Shares are cut at the last decimal that they have.
    expect(difference > -(10n ** 14n) && difference < 10n ** 14n).toBe(true);
  });

  test("15: the wrong join is wrong, and the right one right", async () => {
    const [[wrong, right] = []] = await asked(15);
    const [[billed] = []] = plainly(await ask("SELECT sum(amount) FROM analytics.invoice_lines"));
    expect(right).toBe(billed);
    expect(exact(wrong)).toBeGreaterThan(exact(right));
  });

  /** What plain HTTP shows. */
  const byHttp: Rows[] = [];
  test.each(["clickhouse-connect", "clickhouse-driver", "JDBC"])(
    "%s lists the views, and shows the same",
    async (tool) => {
      const all = [...queries.values()];
      // Once for all tools, one by one: a user has ten at once at most.
      if (byHttp.length === 0) for (const query of all) byHttp.push(plainly(await ask(query)));
      const env = { ...process.env, ANALYST_PASSWORD: login.password };
      const input = all.join("\0");
      const port = tool === "clickhouse-driver" ? login.native_port : login.http_port;
      const out =
        tool === "JDBC"
          ? await jdbc([login.jdbc, login.user, login.database], input, env)
          : await pythonOf(
              "analyst",
              "tools.py",
              [tool, login.host, port, login.user, login.database],
              { input, env },
            );
      const said = JSON.parse(out) as { tables: string[]; results: Rows[] };
      expect(said.tables).toEqual(expect.arrayContaining([...analyticsViews]));
      expect(said.results.map(plainly)).toEqual(byHttp);
    },
    180_000,
  );

  test("a view is exported whole in every format, and read back as it was asked for", async () => {
    const asked = await ask(
      "SELECT invoice, toString(line), toString(amount) FROM analytics.invoice_lines ORDER BY invoice, line",
    );
    expect(asked.length).toBeGreaterThan(50);
    for (const [format, amount] of [
      ["csv", "text"],
      ["parquet", "decimal256(76, 3)"],
      ["arrow", "decimal256(76, 3)"],
    ] as const) {
      const file = path.join(dir, `lines.${format}`);
      const told = await exported(["invoice_lines", "--format", format, "--out", file]);
      expect(told).toMatchObject({ code: 0, out: "" });
      const [types, ...rows] = await readTable(file);
      expect(types).toMatchObject({ amount });
      const read = rows.map(({ invoice, line, amount: of }) => [invoice, String(line), exact(of)]);
      expect(read.toSorted(byLine)).toEqual(
        asked.map(([invoice, line, of]) => [invoice, line, exact(of)]).toSorted(byLine),
      );
    }
    const none = await exported(["invoice_lines", "--format", "csv", "--tenant", "nobody"]);
    expect([none.code, none.out.trimEnd().split("\n").length]).toEqual([0, 1]);
    const wrong = await exported(["nothing"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("usage_hourly") });
    const early = await exported(["usage_at", "--cut", "999999", "--out", path.join(dir, "none")]);
    expect(early).toMatchObject({ code: 1, err: expect.stringContaining("not closed") });
  }, 120_000);

  test("a replica is asked where ANALYTICS_URL names one, and nobody else", async () => {
    await using replica = await relay(login);
    const plans = ["plans", "--format", "csv"];
    const own = await exported(plans);
    expect(own).toMatchObject({ code: 0, out: expect.stringContaining("AI Developer") });
    expect(replica.connections()).toBe(0);
    const url = new URL(login.url);
    url.port = String(replica.port);
    const there = await exported(plans, { ANALYTICS_URL: url.href });
    expect(there).toMatchObject({ code: 0, out: own.out });
    expect(replica.connections()).toBe(1);
    const shown = await accessOf([], { ANALYTICS_URL: url.href });
    expect(shown).toMatchObject({ http_port: String(replica.port), user: "analyst" });
    expect(shown.jdbc).toContain(`:${replica.port}/`);
    const away = await exported(plans, { ANALYTICS_URL: "http://analyst:x@127.0.0.1:9" });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining("127.0.0.1:9") });
  }, 120_000);

  test("7: what was paid of an invoice is owed no more", async () => {
    const invoice = demo.invoices.find(({ total }) => Number(total) > 100);
    if (invoice === undefined) throw new Error("no invoice asks for a dollar");
    const { customer, number } = invoice;
    const owedBy = async (): Promise<bigint> =>
      exact((await asked(7)).find(([name]) => name === customer)?.[8] ?? "0");
    const before = await owedBy();
    const body = { payment: "p-1", customer, amount: "100", currency: "USD", invoices: [number] };
    await stack.target.ask("/v1/payments", { method: "POST", body });
    await requestCut(stack.target, "a payment", { remark: () => {} });
    const settled = await until("what the payment settles", async () => {
      const rows = await ask("SELECT kind, invoice, amount FROM analytics.settlements");
      return rows.length > 0 ? plainly(rows) : undefined;
    });
    expect(settled).toEqual([["payment", invoice.invoice, "1"]]);
    expect(await owedBy()).toBe(before - 10n ** 24n);
  }, 120_000);

  test("what is owed, paid and booked is the same to analysts and in the API", async () => {
    await expectOwed(stack, ask, demo.invoices);
  }, 120_000);

  test("names are looked up by id, and are those of now", async () => {
    const named = (name: string, id: string) =>
      `dictGet('analytics.${name}_names', 'name', ('default', '${id}'))`;
    const all = `SELECT ${named("customer", "acct-001")}, ${named("plan", "ai_scale")}, ${named("model", "sage-2")}`;
    expect(await ask(all)).toEqual([["Alder & Finch", "AI Scale", "Sage 2"]]);
    const body = { name: "Alder, Finch & Daughters" };
    await stack.target.ask("/v1/customers/acct-001", { method: "PUT", body });
    await until("the new name", async () => {
      const [[name] = []] = await ask(`SELECT ${named("customer", "acct-001")}`);
      return name === body.name ? true : undefined;
    });
  }, 120_000);

  test("a tenant's user is made when it is asked for, and sees its tenant alone", async () => {
    const ours = await accessOf(["default"]);
    const newcomer = await accessOf(["newcomer"]);
    await stack.untilReady();
    const count = "SELECT count() FROM analytics.usage_events";
    expect(await ask(count, ours)).toEqual([[String(events.length)]]);
    expect(await ask(count, newcomer)).toEqual([["0"]]);
    expect(statSync(path.join(stack.dir, "clickhouse", "passwords.json")).mode & 0o077).toBe(0);
    const logs = readFileSync(path.join(stack.dir, "logs", "clickhouse.log"), "utf8");
    expect(stack.said() + logs).not.toContain(newcomer.password);
    expect(await refused("SELECT * FROM analytics.customer_names", newcomer)).toMatch(
      /ACCESS_DENIED/,
    );
  }, 120_000);
});

function byLine(one: readonly unknown[], other: readonly unknown[]): number {
  return one.join() < other.join() ? -1 : 1;
}

/** Rows in the order of what stands first in them. */
function byFirst(one: readonly unknown[], other: readonly unknown[]): number {
  return String(one[0]) < String(other[0]) ? -1 : 1;
}
