import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import type { ClickHouseClient } from "@clickhouse/client";

import { analyticsOf } from "./access.ts";
import { connectClient, guarded, rowsOf } from "./connect.ts";
import type { ColumnsOptions } from "./connect.ts";
import { shareViews } from "./share.ts";

/** A numbered file of `infra/clickhouse`: statements, and a check that must answer 1 once they ran. */
interface Migration {
  readonly part: MigrationPart;
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly statements: readonly string[];
  readonly check: string;
}

/** What files name. */
type Named = Pick<ColumnsOptions, "database" | "analytics">;

/** Usage, which is billed; and what is made for analysts, which nobody who bills waits for. */
export type MigrationPart = "usage" | "analysts";

const folder = new URL("../../../infra/clickhouse/", import.meta.url);

/**
 * Brings the database to the newest migration, creating it where it is missing, and makes again what somebody dropped: a
 * migration whose check no longer holds runs again, and with it those that changed what it makes. Statements can be repeated, so a crash between a statement and its
 * record is healed by the next start. Throws where a file that already ran has changed. Both parts, unless `only` one is asked for.
 */
export async function migrate(options: ColumnsOptions, only?: MigrationPart): Promise<void> {
  await createDatabase(options);
  const client = connectClient(options);
  try {
    await guarded("migrate", () => client.command({ query: createRecord }));
    const ran = await rowsOf<{ number: string; sha256: string }>(
      client,
      "SELECT toString(number) AS number, any(sha256) AS sha256 FROM migrations GROUP BY number",
    );
    const hashByNumber = new Map(ran.map(({ number, sha256 }) => [Number(number), sha256]));
    let isAgain = false;
    for (const migration of readMigrations(options, only))
      isAgain = await runOnce(client, migration, hashByNumber.get(migration.number), isAgain);
    if (only !== "usage") await shareViews(client, options);
  } finally {
    await client.close();
  }
}

/** Whether every migration of usage has run, and what it made is still there. */
export async function isMigrated(client: ClickHouseClient, of: Named): Promise<boolean> {
  const exists = await rowsOf(
    client,
    "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'",
  );
  if (exists.length === 0) return false;
  const migrations = readMigrations(of, "usage");
  const [row] = await rowsOf<{ ran: string }>(
    client,
    "SELECT toString(uniqExact(number)) AS ran FROM migrations WHERE number IN {numbers:Array(UInt32)}",
    { numbers: migrations.map(({ number }) => number) },
  );
  if (Number(row?.ran) < migrations.length) return false;
  const holding = await Promise.all(migrations.map((migration) => checkHolds(client, migration)));
  return holding.every(Boolean);
}

async function checkHolds(client: ClickHouseClient, { check }: Migration): Promise<boolean> {
  const [row] = await rowsOf<Record<string, unknown>>(client, check);
  return Object.values(row ?? {})[0] === 1;
}

const createRecord = `CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, sha256 String, ran_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY number`;

async function createDatabase({ url, database }: ColumnsOptions): Promise<void> {
  const client = connectClient({ url, database: "system" });
  try {
    const query = "CREATE DATABASE IF NOT EXISTS {database:Identifier}";
    await guarded("create the database", () =>
      client.command({ query, query_params: { database } }),
    );
  } finally {
    await client.close();
  }
}

/** Returns whether it ran. */
async function runOnce(
  client: ClickHouseClient,
  migration: Migration,
  ranHash: string | undefined,
  isAgain: boolean,
): Promise<boolean> {
  if (ranHash !== undefined) {
    if (ranHash !== migration.sha256)
      throw new Error(
        `migration ${migration.name} has changed since it ran: add a new one instead`,
      );
    // Somebody may have dropped what it made.
    if (!isAgain && (await checkHolds(client, migration))) return false;
  }
  for (const query of migration.statements) {
    await guarded(`migrate ${migration.name}`, () => client.command({ query }));
  }
  if (!(await checkHolds(client, migration)))
    throw new Error(
      `migration ${migration.name} ran, but its check does not hold: ${migration.check}`,
    );
  const { number, name, sha256 } = migration;
  await guarded(`note migration ${name}`, () =>
    client.insert({
      table: "migrations",
      values: [{ number, name, sha256 }],
      format: "JSONEachRow",
      clickhouse_settings: { async_insert: 0 },
    }),
  );
  return true;
}

function readMigrations(of: Named, only?: MigrationPart): Migration[] {
  const files = readdirSync(folder).filter((file) => /^\d{4}_.+\.sql$/.test(file));
  return files
    .toSorted()
    .map((file) => readMigration(file, readFileSync(new URL(file, folder), "utf8"), of))
    .filter(({ part }) => only === undefined || part === only);
}

/** `{database}` and `{analytics}` in a file stand for the names of the two databases. */
function readMigration(file: string, text: string, of: Named): Migration {
  const named = text
    .replaceAll("{database}", of.database)
    .replaceAll("{analytics}", analyticsOf(of));
  const [sql = "", check = ""] = named.split("-- check:");
  if (check.trim() === "") throw new Error(`migration ${file} has no line "-- check:"`);
  const statements = sql
    .split(/;\s*$/m)
    .map((statement) => statement.replace(/^--.*$/gm, "").trim())
    .filter((statement) => statement !== "");
  return {
    part: /^\d{4}_(mirror|analytics)/.test(file) ? "analysts" : "usage",
    number: Number(file.slice(0, 4)),
    name: file,
    sha256: createHash("sha256").update(text).digest("hex"),
    statements,
    check: check.trim(),
  };
}
