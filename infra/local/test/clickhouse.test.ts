import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askClickHouse, type ClickHouse, freePorts, startClickHouse } from "../src/index.ts";
import { accepts, outsideAddresses } from "./network.ts";

const dir = mkdtempSync(path.join(tmpdir(), "tallybook-clickhouse-"));
let server: ClickHouse;

async function start(): Promise<ClickHouse> {
  const [httpPort = 0, tcpPort = 0] = await freePorts(2);
  return startClickHouse({ dir, httpPort, tcpPort, logFile: path.join(dir, "server.log") });
}

beforeAll(async () => {
  server = await start();
  await told("CREATE DATABASE tallybook");
  await told(
    "CREATE TABLE tallybook.events (id UInt64, n Decimal(76, 12)) ENGINE = MergeTree ORDER BY id",
  );
  await told("INSERT INTO tallybook.events SELECT number, 1 FROM numbers(1000)");
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

describe("an analyst", () => {
  test("reads what the services wrote, with settings of a tool's own", async () => {
    const sum = "SELECT sum(n) FROM tallybook.events SETTINGS max_threads = 1";
    expect(await askClickHouse(server.analystUrl, sum)).toEqual({ status: 200, text: "1000" });
    for (const tables of ["name FROM system.tables", "table_name FROM information_schema.tables"]) {
      const answer = await askClickHouse(server.analystUrl, `SELECT ${tables}`);
      expect(answer.text.split("\n")).toContain("events");
    }
  });

  test.each([
    "INSERT INTO tallybook.events VALUES (1, 1)",
    "ALTER TABLE tallybook.events DELETE WHERE 1",
    "CREATE TABLE tallybook.mine (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE mine (a Int8)",
    "DROP TABLE tallybook.events",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM file('/etc/hosts', LineAsString)",
    "SELECT * FROM remote('127.0.0.1', tallybook.events)",
    "SELECT * FROM system.users",
  ])("is refused %s", async (statement) => {
    expect(await refusal(server.analystUrl, statement)).toBe("ACCESS_DENIED");
  });

  test("cannot lift the bounds", async () => {
    expect(await refusal(server.analystUrl, "SELECT 1 SETTINGS readonly = 0")).toBe("READONLY");
    for (const setting of [
      "max_memory_usage = 0",
      "max_execution_time = 0",
      "max_execution_time = 3600",
    ]) {
      const refused = await refusal(server.analystUrl, `SELECT 1 SETTINGS ${setting}`);
      expect(refused, setting).toBe("SETTING_CONSTRAINT_VIOLATION");
    }
  });
});

describe("a stranger", () => {
  const as = (user: string): string => {
    const url = new URL(server.url);
    url.username = user;
    url.password = "";
    return url.href;
  };

  test("without a password cannot close the ports on everybody", async () => {
    expect(await refusal(as("default"), "SYSTEM STOP LISTEN HTTP")).toBe("QUOTA_EXCEEDED");
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
    expect(await refusal(as("default"), statement)).toMatch(/^(QUOTA_EXCEEDED|ACCESS_DENIED)$/);
  });

  test("with a known name and no password is not let in", async () => {
    expect(await refusal(as("tallybook"), "SELECT 1")).toBe("AUTHENTICATION_FAILED");
    expect(await refusal(as("analyst"), "SELECT 1")).toBe("AUTHENTICATION_FAILED");
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

test("a stop is graceful", async () => {
  await server.stop();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  server = await start();
  expect(await told("SELECT count() FROM tallybook.events")).toBe("2000");
});
