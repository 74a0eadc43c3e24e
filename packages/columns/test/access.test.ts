import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import {
  accessOf,
  accessStatements,
  analyticsDictionaries,
  analyticsViews,
  readerStatements,
  tenantReader,
} from "../src/access.ts";

const folder = new URL("../../../infra/clickhouse/", import.meta.url);
const migrations = readdirSync(folder)
  .filter((file) => file.endsWith(".sql"))
  .map((file) => readFileSync(new URL(file, folder), "utf8"))
  .join("\n");

function foundBy(pattern: RegExp): string[] {
  return [...new Set([...migrations.matchAll(pattern)].map(([, name = ""]) => name))].toSorted();
}

function readByViews(): string[] {
  return foundBy(/\{database\}\.(\w+)/g);
}

const [shared] = accessOf([{ database: "tallybook" }], "tallybook").shared;

describe("what may be read", () => {
  test("is every view that the migrations make public", () => {
    expect(foundBy(/CREATE OR REPLACE VIEW \{analytics\}\.(\w+)/g)).toEqual(
      analyticsViews.toSorted(),
    );
  });

  test("is every dictionary of names, for who sees every tenant, and for no tenant's own user", () => {
    const { people } = accessOf([{ database: "tallybook" }], "tallybook");
    const tenants = tenantReader("acme", [{ database: "tallybook" }])?.grants.join("\n");
    for (const dictionary of analyticsDictionaries) {
      for (const { grants } of Object.values(people))
        for (const right of ["SELECT", "dictGet"])
          expect(grants).toContain(`${right} ON analytics.${dictionary}`);
      expect(tenants).not.toContain(dictionary);
    }
  });

  test("is in the views' name every table that they read, and no other", () => {
    const read = readByViews();
    const granted = (shared?.grants ?? [])
      .map((grant) => /^SELECT ON tallybook\.(\w+)$/.exec(grant)?.[1])
      .filter((table) => table !== undefined);
    expect(read.length).toBeGreaterThan(8);
    // A view below reads what it reads by itself.
    expect(granted.toSorted()).toEqual(expect.arrayContaining(read));
    expect(granted.filter((table) => !read.includes(table))).toEqual([]);
  });

  test("is of each table with rows what belongs to who asks", () => {
    const views = foundBy(/CREATE OR REPLACE VIEW (\w+) /g);
    const withRows = readByViews().filter((name) => !views.includes(name));
    expect((shared?.policies ?? []).map(({ table }) => table).toSorted()).toEqual(withRows);
    for (const { filter } of shared?.policies ?? [])
      expect(filter).toContain("tenant = if(startsWith(authenticatedUser(), 'tenant_')");
  });

  test("is for a tenant of an odd name nothing: it has no user", () => {
    for (const odd of ["", "a b", "a'; DROP", "a.b", "ä", "x".repeat(65)])
      expect([odd, tenantReader(odd, [])]).toEqual([odd, undefined]);
    expect(tenantReader("acme-1_x", [{ database: "tallybook" }])?.name).toBe("tenant_acme-1_x");
  });
});

test("a server is told of owner, policies, bounds and quota, and of each reader what it may", () => {
  const access = accessOf([{ database: "books", analytics: "shown" }], "services");
  const statements = accessStatements(access);
  expect(statements).toContain("CREATE USER IF NOT EXISTS books_views NOT IDENTIFIED HOST NONE");
  expect(statements).toContain("GRANT SELECT ON books.usage_events TO books_views");
  expect(statements.find((one) => one.includes("ON books.usage_events FOR SELECT"))).toBe(
    "CREATE ROW POLICY OR REPLACE books_views ON books.usage_events FOR SELECT USING authenticatedUser() IN ('analyst', 'auditor', 'finance', 'services') OR tenant = if(startsWith(authenticatedUser(), 'tenant_'), substring(authenticatedUser(), 8), NULL) TO books_views",
  );
  const finance = readerStatements(access.people.finance, "ab".repeat(32));
  expect(finance[0]).toBe(
    `CREATE USER OR REPLACE \`finance\` IDENTIFIED WITH sha256_hash BY '${"ab".repeat(32)}' HOST ANY SETTINGS PROFILE 'analysts'`,
  );
  expect(finance).toContain("GRANT SELECT ON shown.invoice_lines TO `finance`");
  expect(finance.join()).not.toContain("usage_events");
});
