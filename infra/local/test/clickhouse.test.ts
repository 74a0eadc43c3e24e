import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessOf, accessStatements, readerStatements } from "@tallybook/columns/access";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askClickHouse, type ClickHouse, freePorts, startClickHouse } from "../src/index.ts";
import { accepts, outsideAddresses } from "./network.ts";

const dir = mkdtempSync(path.join(tmpdir(), "tallybook-clickhouse-"));
let server: ClickHouse;

async function start(): Promise<ClickHouse> {
  const [httpPort = 0, tcpPort = 0] = await freePorts(2);
  const logFile = path.join(dir, "server.log");
  return startClickHouse({ dir, httpPort, tcpPort, logFile, tenants: ["ours", "theirs"] });
}

beforeAll(async () => {
  server = await start();
  await told("CREATE DATABASE tallybook");
  await told("CREATE DATABASE analytics");
  await told(
    "CREATE TABLE tallybook.events (id UInt64, n Decimal(76, 12)) ENGINE = MergeTree ORDER BY id",
  );
  await told("INSERT INTO tallybook.events SELECT number, 1 FROM numbers(1000)");
  await told(
    "CREATE TABLE tallybook.usage_events (tenant LowCardinality(String), id UInt64) ENGINE = MergeTree ORDER BY id",
  );
  await told(
    "INSERT INTO tallybook.usage_events SELECT if(number % 4 = 0, 'ours', 'theirs'), number FROM numbers(1000)",
  );
  await told(
    "CREATE VIEW analytics.usage_events DEFINER = tallybook_views SQL SECURITY DEFINER AS SELECT tenant, id FROM tallybook.usage_events",
  );
});

afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true });
});

/** What the services' user gets for a statement that must succeed. */
async function told(statement: string): Promise<string> {
  const answer = await askClickHouse(server.url, statement);
  expect(answer, statement).toMatchObject({ status: 200 });
  return answer.text;
}

/** The words of a refusal, or the answer when there was none. */
async function refusal(url: string, statement: string): Promise<string> {
  const answer = await askClickHouse(url, statement);
  // No file is read here at all, so that some refusals say so before they look at grants.
  if (answer.text.includes("call to getcwd failed")) return "ACCESS_DENIED";
  return (
    /\((ACCESS_DENIED|AUTHENTICATION_FAILED|QUOTA_EXCEEDED|READONLY|SETTING_CONSTRAINT_VIOLATION)\)/.exec(
      answer.text,
    )?.[1] ?? `answered: ${answer.text}`
  );
}

describe("the services' user", () => {
  test("makes tables, views and rows in databases of the name tallybook", async () => {
    await told("CREATE DATABASE tallybook_rebuilt");
    await told("CREATE TABLE tallybook_rebuilt.sums AS tallybook.events");
    await told(
      "CREATE MATERIALIZED VIEW tallybook_rebuilt.view TO tallybook_rebuilt.sums AS SELECT * FROM tallybook.events",
    );
    await told("DROP DATABASE tallybook_rebuilt");
  });

  test("reads the settings that a start-up check looks at", async () => {
    const check =
      "SELECT count() FROM system.merge_tree_settings WHERE name LIKE '%deduplication_window'";
    expect(Number(await told(check))).toBeGreaterThan(0);
    await told("SELECT count() FROM system.parts");
    await told("SELECT table_name FROM information_schema.tables");
  });

  test.each([
    "CREATE DATABASE other",
    "CREATE USER other",
    "SYSTEM STOP LISTEN HTTP",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM file('/etc/hosts', LineAsString)",
    "CREATE TABLE tallybook.hosts (line String) ENGINE = File(LineAsString, '/etc/hosts')",
  ])("is refused %s", async (statement) => {
    expect(await refusal(server.url, statement)).toBe("ACCESS_DENIED");
  });
});

/** The address with another of its users. */
function as(user: string, password: string | undefined): string {
  const url = new URL(server.url);
  url.username = user;
  url.password = password ?? "";
  return url.href;
}

describe("an analyst", () => {
  test("reads the public views, with settings of a tool's own", async () => {
    const count = "SELECT count() FROM analytics.usage_events SETTINGS max_threads = 1";
    expect(await askClickHouse(server.analystUrl, count)).toEqual({ status: 200, text: "1000" });
    for (const tables of ["name FROM system.tables", "table_name FROM information_schema.tables"]) {
      const answer = await askClickHouse(server.analystUrl, `SELECT ${tables}`);
      expect(answer.text.split("\n")).toContain("usage_events");
      expect(answer.text.split("\n")).not.toContain("events");
    }
  });

  test.each([
    "SELECT * FROM tallybook.events",
    "SELECT * FROM tallybook.usage_events",
    "INSERT INTO analytics.usage_events VALUES ('ours', 1)",
    "ALTER TABLE tallybook.events DELETE WHERE 1",
    "ALTER TABLE analytics.usage_events MODIFY SQL SECURITY INVOKER",
    "CREATE TABLE tallybook.mine (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE mine (a Int8)",
    "DROP TABLE tallybook.events",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM file('/etc/hosts', LineAsString)",
    "SELECT * FROM remote('127.0.0.1', tallybook.events)",
    "SELECT * FROM system.users",
    "SELECT * FROM system.processes",
  ])("is refused %s", async (statement) => {
    expect(await refusal(server.analystUrl, statement)).toBe("ACCESS_DENIED");
  });

  test("sees no parts of tables that it may not read", async () => {
    const parts = "SELECT count() FROM system.parts";
    expect((await askClickHouse(server.analystUrl, parts)).text).toBe("0");
    expect(Number(await told(parts))).toBeGreaterThan(0);
  });

  test("cannot lift the bounds", async () => {
    expect(await refusal(server.analystUrl, "SELECT 1 SETTINGS readonly = 0")).toBe("READONLY");
    for (const setting of [
      "max_memory_usage = 0",
      "max_execution_time = 0",
      "max_execution_time = 3600",
      "priority = 1",
      "timeout_overflow_mode = 'break'",
    ]) {
      const refused = await refusal(server.analystUrl, `SELECT 1 SETTINGS ${setting}`);
      expect(refused, setting).toBe("SETTING_CONSTRAINT_VIOLATION");
    }
  });
});

describe("a tenant's own user", () => {
  test("sees the rows of its tenant, and nobody else's", async () => {
    const count = "SELECT tenant, count() FROM analytics.usage_events GROUP BY tenant";
    const { ours, theirs } = server.users.tenants;
    expect((await askClickHouse(as("tenant_ours", ours), count)).text).toBe("ours\t250");
    expect((await askClickHouse(as("tenant_theirs", theirs), count)).text).toBe("theirs\t750");
    expect(await refusal(as("tenant_ours", theirs), count)).toBe("AUTHENTICATION_FAILED");
  });

  test("gets nothing of the others out of errors either", async () => {
    const ours = as("tenant_ours", server.users.tenants["ours"]);
    const theirs = as("tenant_theirs", server.users.tenants["theirs"]);
    const ask = "SELECT count() FROM analytics.usage_events WHERE throwIf(id = 5, 'seen') = 0";
    expect((await askClickHouse(ours, ask)).text).toBe("250");
    // Whose row it is meets it: the question can fail.
    expect((await askClickHouse(theirs, ask)).text).toContain("seen");
  });
});

describe("no file of the machine is read", () => {
  const secret = path.join(dir, "secret");

  test.each(["tallybook", "analyst", "tenant_ours"])("by %s", async (user) => {
    writeFileSync(secret, "a secret, ${0}\n");
    const { tenants, ...people } = server.users;
    const passwords: Readonly<Record<string, string>> = people;
    const url = as(user, passwords[user] ?? tenants["ours"]);
    for (const statement of [
      `SELECT file('${secret}')`,
      `SELECT file('${secret}', 'nothing')`,
      `SELECT file(concat('${secret}', toString(number) = '0' ? '' : '')) FROM numbers(1)`,
      `SELECT * FROM file('${secret}', LineAsString)`,
      `SELECT * FROM fileCluster('default', '${secret}', LineAsString)`,
      `SELECT * FROM format(LineAsString, file('${secret}'))`,
      "SELECT file('../passwords.json')",
    ]) {
      const { status, text } = await askClickHouse(url, statement);
      expect([statement, status === 200]).toEqual([statement, false]);
      expect(text).not.toMatch(/a secret|tallybook":/);
    }
  });

  test.each([
    "FORMAT Template SETTINGS format_template_row = '@'",
    "FORMAT Template SETTINGS format_template_row_format = '${x:Escaped}', format_template_resultset = '@'",
    "FORMAT Protobuf SETTINGS format_schema = '@:Row'",
    "FORMAT CapnProto SETTINGS format_schema = '@:Row'",
  ])("by a reader in its answer's form: %s", async (form) => {
    writeFileSync(secret, "a secret, ${0:Escaped}\n");
    const statement = `SELECT 1 AS x ${form.replace("@", secret)}`;
    expect(await refusal(server.analystUrl, statement)).toMatch(
      /^(SETTING_CONSTRAINT_VIOLATION|ACCESS_DENIED)$/,
    );
  });
});

test("nobody comes in as the owner of the views", async () => {
  for (const password of ["", "0".repeat(64)])
    expect(await refusal(as("tallybook_views", password), "SELECT 1")).toBe(
      "AUTHENTICATION_FAILED",
    );
});

describe("a server that takes statements is told the same", () => {
  const { people, profiles, ...rest } = accessOf([{ database: "tallybook" }], "tallybook");
  const { analyst } = people;

  test("of what a reader may do", async () => {
    const shown = await askClickHouse(server.analystUrl, "SHOW GRANTS");
    const granted = readerStatements(analyst, "0".repeat(64)).filter((one) => / ON /.test(one));
    expect(granted.length).toBeGreaterThan(10);
    // It shows what is granted on one thing in one line.
    const each = shown.text.split("\n").flatMap((line) => {
      const [, rights = "", of = ""] = /^GRANT (.+) (ON .+)$/.exec(line) ?? [];
      return rights.split(", ").map((right) => `GRANT ${right} ${of}`);
    });
    expect(each.toSorted()).toEqual(granted.map((grant) => grant.replaceAll("`", "")).toSorted());
  });

  test("of how far it may go", async () => {
    const bounds = profiles.find(({ name }) => name === analyst.profile)?.bounds ?? [];
    for (const { setting, value, atMost, fixed } of bounds) {
      if (setting === "readonly") continue;
      const row = `SELECT max, readonly, value FROM system.settings WHERE name = '${setting}'`;
      const { text } = await askClickHouse(server.analystUrl, row);
      const [max, constant, is = ""] = text.split("\t");
      expect([setting, is, constant]).toEqual([setting, String(value), fixed ? "1" : "0"]);
      expect([setting, max]).toEqual([setting, atMost === undefined ? "\\N" : String(atMost)]);
    }
  });

  test("of how much it may ask for in an hour", async () => {
    const [quota] = rest.quotas;
    const row = "SELECT max_queries, max_execution_time, max_read_rows FROM system.quota_usage";
    const { text } = await askClickHouse(server.analystUrl, row);
    expect(text.split("\t").map(Number)).toEqual([
      quota?.queries,
      quota?.executionSeconds,
      quota?.rowsRead,
    ]);
  });

  test("in statements that it understands", async () => {
    const all = [
      ...accessStatements({ people, profiles, ...rest }),
      ...readerStatements(analyst, "0".repeat(64)),
    ];
    for (const statement of all) {
      const quoted = statement.replaceAll("'", "''");
      const formatted = await told(`SELECT formatQuerySingleLine('${quoted}') FORMAT TSVRaw`);
      expect(formatted.slice(0, 6)).toBe(statement.slice(0, 6));
    }
  });
});

describe("a stranger", () => {
  test("without a password cannot close the ports on everybody", async () => {
    expect(await refusal(as("default", ""), "SYSTEM STOP LISTEN HTTP")).toBe("QUOTA_EXCEEDED");
    expect(await told("SELECT 1")).toBe("1");
  });

  test.each([
    "SELECT count() FROM tallybook.events",
    "SELECT count() FROM system.tables WHERE database = 'tallybook'",
    "INSERT INTO tallybook.events VALUES (1, 1)",
    "CREATE TABLE default.mine (a Int8) ENGINE = Memory",
    "CREATE DATABASE mine",
    "CREATE TEMPORARY TABLE hosts (line String) ENGINE = File(LineAsString, '/etc/hosts')",
    "SELECT * FROM file('/etc/hosts', LineAsString)",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM system.users",
  ])("without a password is refused %s", async (statement) => {
    expect(await refusal(as("default", ""), statement)).toMatch(/^(QUOTA_EXCEEDED|ACCESS_DENIED)$/);
  });

  test("with a known name and no password is not let in", async () => {
    expect(await refusal(as("tallybook", ""), "SELECT 1")).toBe("AUTHENTICATION_FAILED");
    expect(await refusal(as("analyst", ""), "SELECT 1")).toBe("AUTHENTICATION_FAILED");
  });
});

test("nothing listens beyond loopback", async () => {
  const port = Number(new URL(server.url).port);
  expect(await accepts("127.0.0.1", port)).toBe(true);
  for (const address of outsideAddresses())
    expect(await accepts(address, port), address).toBe(false);
});

test("rows survive kill -9, and the passwords stay", async () => {
  await told("INSERT INTO tallybook.events SELECT number, 1 FROM numbers(1000, 1000)");
  const before = server;
  process.kill(before.pid, "SIGKILL");
  expect(await before.exited).toEqual({ code: null, signal: "SIGKILL" });
  server = await start();
  expect(await told("SELECT count() FROM tallybook.events")).toBe("2000");
  expect(server.users).toEqual(before.users);
});

test("a stop loses nothing", async () => {
  await server.stop();
  // What ends it misses the working directory.
  expect(await server.exited).toEqual({ code: null, signal: "SIGABRT" });
  server = await start();
  expect(await told("SELECT count() FROM tallybook.events")).toBe("2000");
});
