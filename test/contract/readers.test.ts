import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate } from "@tallybook/columns";
import { analyticsDictionaries, analyticsViews } from "@tallybook/columns/access";
import { freePorts, startClickHouse } from "@tallybook/local";
import type { ClickHouse } from "@tallybook/local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { rowsOfTenant } from "./support/tenant-rows.ts";

/** What a reader gets: two tenants have rows in every table, and the words of the second one's have `hidden` in them. */
const dir = mkdtempSync(path.join(tmpdir(), "tallybook-readers-"));
let server: ClickHouse;

beforeAll(async () => {
  const [httpPort = 0, tcpPort = 0] = await freePorts(2);
  server = await startClickHouse({
    dir: path.join(dir, "clickhouse"),
    httpPort,
    tcpPort,
    logFile: path.join(dir, "clickhouse.log"),
    tenants: ["ours", "hidden"],
  });
  const options = { url: server.url, database: "tallybook" };
  await migrate(options);
  for (const statement of [...rowsOfTenant("ours", 0), ...rowsOfTenant("hidden", 1_000)])
    await told("tallybook", statement);
  const columns = connectColumns(options);
  await columns.mirror.makeNames();
  await columns.close();
}, 60_000);

afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

/** `usage_at` is asked for a cut. */
const views = analyticsViews.map(
  (view) => `analytics.${view}${view === "usage_at" ? "(cut = 1)" : ""}`,
);
const ofTenants = views.filter((view) => view !== "analytics.cuts");

function as(user: string): string {
  const url = new URL(server.url);
  const { tenants, ...people } = server.users;
  const passwords: Readonly<Record<string, string>> = people;
  url.username = user;
  url.password = passwords[user] ?? tenants[user.replace("tenant_", "")] ?? "";
  return url.href;
}

/** With patience: views of many joins take their time where others compute. */
async function askClickHouse(
  url: string,
  query: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const { origin, username, password } = new URL(url);
  const answer = await fetch(origin, {
    method: "POST",
    body: query,
    headers: { "x-clickhouse-user": username, "x-clickhouse-key": decodeURIComponent(password) },
  });
  return { status: answer.status, text: (await answer.text()).trim() };
}

async function told(user: string, query: string): Promise<string> {
  const answer = await askClickHouse(as(user), query);
  if (answer.status !== 200) throw new Error(`${user}: ${query}: ${answer.text}`);
  return answer.text;
}

describe("every view", () => {
  test.each(ofTenants)(
    "%s shows a tenant its rows, and everybody's to an analyst",
    async (view) => {
      const rows = `SELECT DISTINCT tenant FROM ${view} ORDER BY tenant`;
      expect(await told("analyst", rows)).toBe("hidden\nours");
      expect(await told("tallybook", rows)).toBe("hidden\nours");
      expect(await told("tenant_ours", rows)).toBe("ours");
      expect(await told("tenant_hidden", rows)).toBe("hidden");
      // Not a word of it, in whatever column.
      expect(await told("analyst", `SELECT * FROM ${view}`)).toMatch(/hidden/);
      expect(await told("tenant_ours", `SELECT * FROM ${view}`)).not.toMatch(/hidden/);
    },
  );

  test("of the deployment's cuts is the same to all", async () => {
    const cuts = "SELECT * FROM analytics.cuts ORDER BY cut";
    expect(await told("tenant_ours", cuts)).toBe(await told("analyst", cuts));
    expect(await told("tenant_ours", cuts)).not.toBe("");
  });

  test("says how far it is complete, to a tenant too", async () => {
    const complete = "SELECT DISTINCT complete_to FROM analytics.usage_events";
    expect(await told("tenant_ours", complete)).toBe("2023-11-16 20:00:00.000000");
  });

  test("but those of single events is finance's", async () => {
    for (const view of views) {
      const isOfEvents = /\.(usage_events|measurements|rejected)$/.test(view);
      const { status, text } = await askClickHouse(as("finance"), `SELECT count() FROM ${view}`);
      expect([view, status === 200]).toEqual([view, !isOfEvents]);
      expect(text).toMatch(isOfEvents ? /ACCESS_DENIED/ : /^\d+$/);
    }
  });
});

describe("a dictionary of names", () => {
  const whole = analyticsDictionaries.map((name) => `analytics.${name}`);
  /** What it is asked of another tenant, and of one's own. */
  const askedOf = (dictionary: string, tenant: string): readonly string[] => {
    const key = `('${tenant}', '${tenant}-${/\.(.+)_names/.exec(dictionary)?.[1]}')`;
    return [
      `SELECT dictGet('${dictionary}', 'name', ${key})`,
      `SELECT dictGetOrDefault('${dictionary}', 'name', ${key}, '')`,
      `SELECT dictGetOrNull('${dictionary}', 'name', ${key})`,
      `SELECT dictGetString('${dictionary}', 'name', ${key})`,
      `SELECT dictHas('${dictionary}', ${key})`,
    ];
  };

  test.each(whole)(
    "%s tells names of every tenant to who sees every tenant",
    async (dictionary) => {
      const rows = `SELECT DISTINCT tenant FROM ${dictionary} ORDER BY tenant`;
      for (const person of ["analyst", "auditor", "finance"]) {
        expect(await told(person, rows)).toBe("hidden\nours");
        const answers: string[] = [];
        for (const question of askedOf(dictionary, "hidden"))
          answers.push(await told(person, question));
        expect(answers.slice(0, 4)).toEqual(
          Array.from({ length: 4 }, () => expect.stringMatching(/^hidden (Ltd|plan|model)$/)),
        );
        expect(answers.at(-1)).toBe("1");
      }
    },
  );

  test.each(whole)("%s tells a tenant nothing, whatever it is asked by", async (dictionary) => {
    const [, name = ""] = dictionary.split(".");
    for (const query of [
      ...askedOf(dictionary, "hidden"),
      ...askedOf(dictionary, "ours"),
      `SELECT * FROM ${dictionary}`,
      `SELECT * FROM dictionary('${dictionary}')`,
      `SELECT * FROM merge('analytics', '^${name}$')`,
      `SELECT * FROM analytics.customers LEFT JOIN ${dictionary} USING (tenant)`,
      `SELECT * FROM analytics.customers AS a INNER JOIN ${dictionary} AS b ON a.tenant != b.tenant`,
      `SHOW CREATE DICTIONARY ${dictionary}`,
      `SYSTEM RELOAD DICTIONARY ${dictionary}`,
      `DROP DICTIONARY ${dictionary}`,
    ]) {
      const { status, text } = await askClickHouse(as("tenant_ours"), query);
      expect([query, status === 200]).toEqual([query, false]);
      expect([query, text]).toEqual([
        query,
        expect.stringMatching(/ACCESS_DENIED|There are no tables/),
      ]);
      expect(text.replaceAll(query, "")).not.toMatch(/hidden (Ltd|plan|model)/);
    }
    const shown = `SELECT count() FROM system.tables WHERE name = '${name}'`;
    expect(await told("tenant_ours", shown)).toBe("0");
  });

  test("does not say the password in whose name it reads", async () => {
    const { password } = new URL(server.url);
    for (const dictionary of whole)
      for (const user of ["tallybook", "analyst"])
        for (const query of [
          `SHOW CREATE DICTIONARY ${dictionary} SETTINGS format_display_secrets_in_show_and_select = 1`,
          `SELECT create_table_query FROM system.tables WHERE database = 'analytics'`,
          "SELECT * FROM system.dictionaries",
        ]) {
          const { text } = await askClickHouse(as(user), query);
          expect([user, query, text.includes(password)]).toEqual([user, query, false]);
        }
  });
});

/** Where `{view}` is a view, what a tenant may try to see more of it than its rows. */
const questions: readonly string[] = [
  "SELECT count() FROM {view} WHERE tenant = 'hidden'",
  "SELECT count() FROM {view} WHERE tenant != 'ours' OR position(toString(tuple(*)), 'hidden') > 0",
  "SELECT count() FROM (SELECT * FROM {view} SETTINGS query_cache_tag = 'hidden', log_comment = 'hidden') WHERE tenant = 'hidden'",
  "SELECT count() FROM {view} AS a INNER JOIN {view} AS b ON a.tenant != b.tenant",
  "SELECT countIf(b.tenant = 'hidden') FROM (SELECT 'hidden' AS tenant) AS a LEFT JOIN {view} AS b USING (tenant) WHERE b.tenant != '' SETTINGS join_use_nulls = 0, joined_subquery_requires_alias = 0, max_rows_in_join = 0, join_algorithm = 'hash' FORMAT Null",
  "SELECT countIf(has(seen, 'hidden')) FROM (SELECT groupArray(tenant) AS seen FROM {view})",
  "WITH (SELECT any(tenant) FROM {view} WHERE tenant > 'h' AND tenant < 'i') AS seen SELECT seen = 'hidden'",
  "SELECT count() FROM {view} WHERE tenant = 'hidden' SETTINGS enable_analyzer = 0",
  "SELECT count() FROM {view} WHERE tenant = 'hidden' SETTINGS optimize_move_to_prewhere = 0, query_plan_enable_optimizations = 0",
  "SELECT count() FROM {view} WHERE tenant = 'hidden' SETTINGS additional_result_filter = '1', additional_table_filters = {'tallybook.usage_events': '1', 'tallybook.rollups': '1'}",
  "SELECT count() FROM {view} WHERE tenant = 'hidden' SETTINGS use_query_condition_cache = 1, use_query_cache = 1, query_cache_nondeterministic_function_handling = 'save'",
  "SELECT count() FROM merge('analytics', '^customers$') WHERE tenant = 'hidden'",
  "SELECT count() FROM view(SELECT * FROM {view}) WHERE tenant = 'hidden'",
];

describe("a tenant gets nothing of another one", () => {
  test.each(questions)("by %s", async (question) => {
    for (const view of ofTenants) {
      const query = question.replaceAll("{view}", view);
      // Somebody of all tenants asks first, so that what a cache keeps is there.
      await askClickHouse(as("analyst"), query);
      const { text } = await askClickHouse(as("tenant_ours"), query);
      if (!/Exception/.test(text))
        expect([query, text]).toEqual([query, expect.stringMatching(/^0?$|^\\N$|^false$/)]);
      else expect(text.replaceAll(query, "")).not.toMatch(/hidden-/);
    }
  });

  test("by an error: what it does not see is not looked at", async () => {
    for (const view of ofTenants) {
      const met = `SELECT count() FROM ${view} WHERE throwIf(tenant = 'hidden', 'met') = 0`;
      for (const settings of [
        "",
        " SETTINGS enable_analyzer = 0",
        " SETTINGS optimize_move_to_prewhere = 0",
        " SETTINGS short_circuit_function_evaluation = 'disable'",
      ]) {
        const mine = await askClickHouse(as("tenant_ours"), met + settings);
        // The older analyzer does not understand every view.
        const fair = settings.includes("analyzer") ? /^[1-9]\d*$|Exception/ : /^[1-9]\d*$/;
        expect([view, settings, mine.text]).toEqual([view, settings, expect.stringMatching(fair)]);
        expect(mine.text).not.toContain(": met:");
      }
      // Whose rows they are does meet them: the question can fail.
      expect((await askClickHouse(as("tenant_hidden"), met)).text).toContain(": met:");
    }
  });

  test("by a filter on the tables below, which any query may name", async () => {
    for (const [view, table, column] of [
      ["analytics.usage_events", "usage_events", "id"],
      ["analytics.invoice_lines", "mirror_invoices", "number"],
      ["analytics.customers", "mirror_catalog", "id"],
    ] as const) {
      const query = `SELECT ${column === "id" && table === "mirror_catalog" ? "customer" : column} FROM ${view} SETTINGS additional_table_filters = {'tallybook.${table}': 'throwIf(startsWith(${column}, ''hidden''), ''met'') = 0'}`;
      expect((await askClickHouse(as("tenant_ours"), query)).text).not.toContain("met");
      expect((await askClickHouse(as("tenant_hidden"), query)).text).toContain("met");
    }
  });

  test.each([
    "SELECT * FROM tallybook.usage_events",
    "SELECT count() FROM tallybook.mirror_invoices",
    "SELECT * FROM tallybook.completeness",
    "SELECT * FROM mergeTreeIndex('tallybook', 'usage_events')",
    "SELECT * FROM remote('127.0.0.1', 'tallybook', 'usage_events')",
    "SELECT * FROM remote('127.0.0.1', 'analytics', 'customers', 'analyst', 'x')",
    "SELECT * FROM cluster('default', 'tallybook', 'usage_events')",
    "SELECT * FROM merge('tallybook', '.*')",
    "SELECT * FROM loop(analytics.customers)",
    "SELECT * FROM dictionary('analytics.customer_names')",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM file('/etc/hosts', LineAsString)",
    "SELECT file('/etc/hosts')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
    "SELECT * FROM executable('id', TSV, 'a String')",
    "SELECT * FROM sqlite('/tmp/x', 'y')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "INSERT INTO analytics.customers VALUES ()",
    "INSERT INTO FUNCTION file('/tmp/leak', 'CSV', 'a String') VALUES ('x')",
    "CREATE VIEW analytics.mine AS SELECT 1",
    "CREATE TEMPORARY TABLE mine (a Int8)",
    "CREATE FUNCTION mine AS (x) -> x",
    "CREATE OR REPLACE VIEW analytics.customers AS SELECT * FROM tallybook.mirror_catalog",
    "ALTER TABLE analytics.customers MODIFY SQL SECURITY NONE",
    "DROP VIEW analytics.customers",
    "GRANT SELECT ON tallybook.* TO tenant_ours",
    "CREATE USER mine",
    "CREATE ROW POLICY p ON tallybook.usage_events USING 1 TO ALL",
    "EXECUTE AS analyst SELECT 1",
    "SET ROLE ALL EXCEPT nobody",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.users",
    "SELECT * FROM system.grants",
    "SELECT * FROM system.row_policies",
    "SELECT * FROM system.query_cache",
    "SELECT * FROM system.parts_columns",
    "SELECT * FROM system.mutations",
    "SELECT * FROM system.dictionaries",
    "SHOW CREATE TABLE tallybook.usage_events",
    "SHOW CREATE USER analyst",
    "SHOW ACCESS",
  ])("by %s", async (statement) => {
    const { status, text } = await askClickHouse(as("tenant_ours"), statement);
    expect([status === 200, text]).toEqual([false, expect.stringMatching(/Exception/)]);
    expect(text.replaceAll("hidden'", "")).not.toMatch(/hidden/);
  });

  test("in what lists tables: no internal one is there, and no number of rows", async () => {
    const lists = [
      "SELECT count() FROM system.tables WHERE database LIKE 'tallybook%'",
      "SELECT count() FROM system.columns WHERE database LIKE 'tallybook%'",
      "SELECT count() FROM information_schema.tables WHERE table_schema LIKE 'tallybook%'",
      "SELECT count() FROM system.databases WHERE name LIKE 'tallybook%'",
      "SELECT count() FROM system.parts",
      "SELECT countIf(total_rows > 0 OR total_bytes > 0) FROM system.tables WHERE database = 'analytics'",
      "SELECT countIf(word LIKE '%mirror%') FROM system.completions",
    ];
    for (const list of lists) expect([list, await told("tenant_ours", list)]).toEqual([list, "0"]);
    const shown = (await told("tenant_ours", "SHOW TABLES FROM analytics")).split("\n");
    expect(shown).toEqual(expect.arrayContaining([...analyticsViews]));
  });
});

test("a view of a table that nobody thought of shows nothing", async () => {
  const made = [
    "CREATE TABLE tallybook.forgotten (tenant String) ENGINE = MergeTree ORDER BY tenant",
    "INSERT INTO tallybook.forgotten VALUES ('hidden')",
    "CREATE OR REPLACE VIEW analytics.plans DEFINER = tallybook_views SQL SECURITY DEFINER AS SELECT * FROM tallybook.forgotten",
  ];
  for (const statement of made) await told("tallybook", statement);
  const { text } = await askClickHouse(as("tenant_ours"), "SELECT * FROM analytics.plans");
  expect(text).toMatch(/ACCESS_DENIED/);
});
