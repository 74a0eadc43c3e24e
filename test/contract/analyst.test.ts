import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { readDocument } from "@tallybook/cli";
import { migrate } from "@tallybook/columns";
import { analyticsViews } from "@tallybook/columns/access";
import { freePorts, startClickHouse } from "@tallybook/local";
import type { ClickHouse } from "@tallybook/local";
import { afterAll, beforeAll, expect, test } from "vitest";

import { exact, plainly, queriesOfPage, type Rows } from "../e2e/support/analyst-page.ts";
import { pythonOf } from "../e2e/support/python.ts";
import { rowsOfTenant } from "./support/tenant-rows.ts";

/** The queries of docs/analyst.md, on one row of everything of two tenants: what each shows, and of whom. */
const dir = mkdtempSync(path.join(tmpdir(), "tallybook-analyst-"));
const queries = [...queriesOfPage().values()];
let server: ClickHouse;
let ports: readonly number[];

beforeAll(async () => {
  ports = await freePorts(2);
  const [httpPort = 0, tcpPort = 0] = ports;
  server = await startClickHouse({
    dir: path.join(dir, "clickhouse"),
    httpPort,
    tcpPort,
    logFile: path.join(dir, "clickhouse.log"),
    tenants: ["ours"],
  });
  await migrate({ url: server.url, database: "tallybook" });
  for (const statement of [...rowsOfTenant("ours", 0), ...rowsOfTenant("hidden", 1_000)])
    await ask(statement, "tallybook", server.users.tallybook);
}, 60_000);

afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

async function ask(
  query: string,
  user: string = "analyst",
  password: string = server.users.analyst,
): Promise<Rows> {
  const answer = await fetch(`http://127.0.0.1:${ports[0]}/?default_format=JSONCompactStrings`, {
    method: "POST",
    body: query,
    headers: { "x-clickhouse-user": user, "x-clickhouse-key": password },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${query}\n${text}`);
  return text === "" ? [] : (JSON.parse(text) as { data: Rows }).data;
}

test("the page has fifteen queries, and each is answered by what it asks for", async () => {
  expect(queries.length).toBe(15);
  const of = new Map<number, Rows>();
  for (const [index, query] of queries.entries()) of.set(index + 1, plainly(await ask(query)));
  const empty = [...of].filter(([, rows]) => rows.length === 0).map(([number]) => number);
  // All usage is billed.
  expect(empty).toEqual([8]);
  expect(of.get(1)).toEqual([
    ["hidden-customer", "USD", "7"],
    ["ours-customer", "USD", "7"],
  ]);
  expect(of.get(5)?.map((row) => row.slice(2))).toEqual([
    ["7", "7", "1"],
    ["7", "7", "1"],
  ]);
  expect(of.get(6)?.reduce((sum, row) => sum + exact(row[4]), 0n)).toBe(0n);
  expect(of.get(12)?.map((row) => row.slice(1))).toEqual([
    ["input_tokens", "1", "1", "5"],
    ["input_tokens", "2", "1", "2"],
    ["input_tokens", "1", "1", "5"],
    ["input_tokens", "2", "1", "2"],
  ]);
  expect(of.get(9)).toEqual([["", "2", "2"]]);
  expect(of.get(13)?.map((row) => row.slice(1))).toEqual([
    ["1", "7"],
    ["1", "7"],
  ]);
  expect(of.get(15)).toEqual([["28", "14"]]);
});

test("a tenant's user is answered of its tenant alone, by each of them", async () => {
  for (const query of queries) {
    const rows = await ask(query, "tenant_ours", server.users.tenants["ours"]);
    expect([query, JSON.stringify(rows)]).toEqual([query, expect.not.stringContaining("hidden")]);
  }
});

test("a native client that forges whose query it was gains nothing", async () => {
  const count = "SELECT tenant, count() FROM analytics.usage_events GROUP BY tenant";
  const forged = await pythonOf(
    "analyst",
    "forged.py",
    ["127.0.0.1", String(ports[1]), "tenant_ours", "analyst", count],
    { env: { ...process.env, ANALYST_PASSWORD: server.users.tenants["ours"] } },
  );
  // The forgery works.
  expect(JSON.parse(forged)).toEqual({ pretended: "analyst", rows: [["ours", 1]] });
}, 60_000);

test("a query that runs away is stopped, whatever its subqueries set, and says by what", async () => {
  const endless =
    "SELECT count() FROM (SELECT sipHash64(a.number, b.number) AS x FROM numbers(1000000000) AS a CROSS JOIN numbers(1000) AS b WHERE x % 7 = 0 SETTINGS max_rows_to_read = 0, max_execution_time = 0)";
  for (const [query, code] of [
    [`${endless} SETTINGS max_execution_time = 1`, "TIMEOUT_EXCEEDED"],
    [
      "SELECT length(groupArray(toString(number))) FROM numbers(1000000000) SETTINGS max_memory_usage = 50000000",
      "MEMORY_LIMIT_EXCEEDED",
    ],
    ["SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(number)", "TOO_MANY_ROWS"],
    [
      "SELECT max(number) FROM numbers(20000000) GROUP BY number SETTINGS max_result_rows = 1000",
      "TOO_MANY_ROWS_OR_BYTES",
    ],
  ] as const) {
    const error = await ask(query).then(String, String);
    expect([query, error]).toEqual([query, expect.stringContaining(code)]);
  }
}, 60_000);

test("each panel of Grafana's dashboard is answered, and the connections name the public database", async () => {
  const file = (name: string): string =>
    readFileSync(new URL(`../../infra/analysts/${name}`, import.meta.url), "utf8");
  const { panels } = JSON.parse(file("grafana/dashboard.json")) as {
    panels: { title: string; targets: { rawSql: string }[] }[];
  };
  expect(panels.length).toBeGreaterThan(5);
  for (const { title, targets } of panels) {
    for (const { rawSql } of targets) {
      // As the plugin does, of all times.
      const rows = await ask(
        rawSql.replaceAll(/\$__timeFilter\(([\w.]+)\)/g, "$1 >= toDateTime(0)"),
      );
      expect([title, rows.length > 0]).toEqual([title, true]);
    }
  }
  const parsed = (name: string) => readDocument(file(name), name).json;
  expect(parsed("grafana/datasource.yaml")).toMatchObject({
    datasources: [
      { type: "grafana-clickhouse-datasource", jsonData: { defaultDatabase: "analytics" } },
    ],
  });
  expect(parsed("superset/metadata.yaml")).toMatchObject({ type: "Database" });
  const superset = parsed("superset/databases/tallybook.yaml") as Record<string, string>;
  expect(superset).toMatchObject({ allow_dml: false, allow_ctas: false, allow_cvas: false });
  const { protocol, username, pathname } = new URL(superset["sqlalchemy_uri"] ?? "");
  expect([protocol, username, pathname]).toEqual(["clickhousedb:", "analyst", "/analytics"]);
  expect(parsed("metabase/connection.json")).toMatchObject({
    engine: "clickhouse",
    details: { user: "analyst", dbname: "analytics", "scan-all-databases": false },
  });
});

test("each view shows a tenant's user the rows of its tenant, and no others", async () => {
  const password = server.users.tenants["ours"];
  for (const view of analyticsViews.filter((name) => name !== "usage_at" && name !== "cuts")) {
    const all = "SELECT * FROM analytics." + view;
    const rows = JSON.stringify(await ask(all, "tenant_ours", password));
    expect([view, rows]).toEqual([view, expect.stringContaining("ours")]);
    expect([view, rows]).toEqual([view, expect.not.stringContaining("hidden")]);
    expect([view, JSON.stringify(await ask(all))]).toEqual([
      view,
      expect.stringContaining("hidden"),
    ]);
  }
});

test("finance reads what is owed and paid, and no single events", async () => {
  const { finance } = server.users;
  for (const view of ["aged_receivables", "payments", "customer_statements", "trial_balance"])
    expect(await ask(`SELECT tenant FROM analytics.${view}`, "finance", finance)).not.toEqual([]);
  await expect(ask("SELECT id FROM analytics.usage_events", "finance", finance)).rejects.toThrow(
    /ACCESS_DENIED/,
  );
});

test("a payment tells its method and reference, and what became of it", async () => {
  const query = `SELECT payment, amount, method, reference, toString(received_at), transaction, settled, credited, reversed_at
    FROM analytics.payments WHERE tenant = 'ours'`;
  const paid = ["ours/1", "4", "bank_transfer", "ours reference", "2023-11-01 00:00:00"];
  expect(plainly(await ask(query))).toEqual([[...paid, "ours-payment", "3", "1", null]]);
  await insert(
    "mirror_invoices (log_offset, kind, tenant, id, currency, total, made_at) VALUES (8001, 'PaymentReversed', 'ours', 'ours/1', 'USD', 4, '2023-11-20 00:00:00'), (8002, 'PaymentRecorded', 'ours', 'later', 'USD', 5, '2023-11-20 00:00:00')",
  );
  expect(plainly(await ask(`${query} ORDER BY payment`))).toEqual([
    ["later", "5", "", "", "1970-01-01 00:00:00", "", null, null, null],
    [...paid, "ours-payment", "3", "1", "2023-11-20 00:00:00"],
  ]);
});

test("a statement goes on from each line to the next, and ends with what the invoices have open", async () => {
  const query = `SELECT line, what, reference, amount, balance FROM analytics.customer_statements
    WHERE tenant = 'ours' AND currency = 'USD' ORDER BY line`;
  expect(plainly(await ask(query))).toEqual([
    ["1", "invoice", "ours-1", "7", "7"],
    ["2", "payment", "ours/1", "-3", "4"],
  ]);
  const open = await ask(
    "SELECT number, total, settled, open, age FROM analytics.aged_receivables WHERE tenant = 'ours' AND currency = 'USD'",
  );
  expect(plainly(open)).toEqual([["ours-1", "7", "3", "4", "current"]]);
});

test("the books by accounts are the postings, and sum to nothing", async () => {
  const rows = plainly(
    await ask(
      "SELECT account, debits, credits, balance, postings FROM analytics.trial_balance WHERE tenant = 'ours' AND currency = 'USD' ORDER BY account",
    ),
  );
  expect(rows).toEqual([
    ["assets:bank", "3", "0", "3", "1"],
    ["assets:receivable:ours-customer", "7", "3", "4", "2"],
    ["income:usage:tokens", "0", "7", "-7", "1"],
  ]);
});

test("what was paid is taken off the invoices that it settles, and what is left is as old as it is overdue", async () => {
  // Invoices by the days that they were made and are due, the last cut being on 2023-11-16, and what has been settled of them.
  const invoices = [
    ["aged", "old", "2023-08-01", null, 100, [100]],
    ["aged", "middle", "2023-10-01", "2023-10-10", 50, [50, -50, 20]],
    ["aged", "young", "2023-11-10", null, 30, []],
    ["aged", "due", "2023-08-01", "2023-11-30", 5, []],
    ["aged", "ancient", "2023-08-01", "2023-08-02", 3, []],
    ["even", "paid", "2023-10-01", null, 10, [10]],
  ] as const;
  let offset = 9_000;
  const posted: string[] = [];
  const post = (customer: string, amount: number, settles: string): void => {
    offset += 1;
    const postings = `[('assets:receivable:${customer}', ${amount}), ('assets:bank', ${-amount})]`;
    posted.push(
      `(${offset}, 'TransactionPosted', 'ours', 'posted-${offset}', '2023-11-15 00:00:00', 'EUR', '${customer}', ${postings}, ${settles})`,
    );
  };
  const billed = invoices.map(([customer, invoice, day, due, total, settled], at) => {
    post(customer, total, "[]");
    for (const amount of settled) post(customer, -amount, `[('${invoice}', ${amount})]`);
    return `(${9_000 + at}, 'InvoiceFinalized', 'ours', '${invoice}', '', '${customer}', 'EUR', ${total}, '${day} 00:00:00', '${due ?? "1970-01-01"} 00:00:00')`;
  });
  post("aged", 7, "[]");
  const disputed = [
    ["DisputeOpened", "middle", "d1", 12],
    ["DisputeOpened", "middle", "d2", 5],
    ["DisputeSettled", "middle", "d2", 0],
    ["DisputeOpened", "due", "d3", 900],
    ["DisputeOpened", "young", "d4", -1],
    ["DisputeOpened", "old", "d5", 1],
  ].map(
    ([kind, invoice, id, amount], at) =>
      `(${9_100 + at}, '${kind}', 'ours', '${invoice}', '${id}', 'aged', 'EUR', ${amount}, '2023-11-15 00:00:00', '1970-01-01 00:00:00')`,
  );
  for (const statement of [
    `mirror_journal (log_offset, kind, tenant, id, date, currency, customer, postings, settles) VALUES ${posted.join(", ")}`,
    `mirror_invoices (log_offset, kind, tenant, invoice, id, customer, currency, total, made_at, due_at) VALUES ${[...billed, ...disputed].join(", ")}`,
    "mirror_invoices (log_offset, kind, tenant, invoice, made_at) VALUES (9200, 'InvoiceReminded', 'ours', 'middle', '2023-10-20 00:00:00'), (9201, 'InvoiceReminded', 'ours', 'middle', '2023-11-01 00:00:00')",
  ])
    await insert(statement);
  const owed = plainly(await ask(queries[6] ?? ""));
  expect(owed.filter(([, currency]) => currency === "EUR")).toEqual([
    ["aged", "EUR", "7", "5", "30", "30", "3", "17", "75"],
  ]);
  const aged = await ask(
    "SELECT invoice, due_at, days_overdue, age, settled, open, disputed, reminded_at, as_of FROM analytics.aged_receivables WHERE currency = 'EUR' ORDER BY days_overdue",
  );
  const asOf = "2023-11-16 20:00:00";
  expect(plainly(aged)).toEqual([
    ["due", "2023-11-30 00:00:00", "0", "current", "0", "5", "5", null, asOf],
    ["young", null, "7", "1 to 30", "0", "30", "0", null, asOf],
    [
      "middle",
      "2023-10-10 00:00:00",
      "38",
      "31 to 60",
      "20",
      "30",
      "12",
      "2023-11-01 00:00:00",
      asOf,
    ],
    ["ancient", "2023-08-02 00:00:00", "107", "over 90", "0", "3", "0", null, asOf],
  ]);
});

function insert(statement: string): Promise<Rows> {
  return ask(`INSERT INTO tallybook.${statement}`, "tallybook", server.users.tallybook);
}
