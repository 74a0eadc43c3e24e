import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { analyticsOf, connectColumns, migrate, rowsOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const vectorFile = new URL("../vectors/analytics.json", import.meta.url);

/** A view's columns: name and type, and what is said of it. */
type Described = Readonly<Record<string, readonly (readonly [column: string, comment: string])[]>>;

describe("what analysts' tools read", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-analytics-"));
  let engines: TestEngines;
  let columns: Columns;
  let analytics: string;

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    const options = { url: engines.clickhouseUrl, database: `tallybook_views_${Date.now()}` };
    analytics = analyticsOf(options);
    await migrate(options);
    columns = connectColumns(options);
    // Of a cut that is not closed `usage_at` says nothing, and so nothing of its columns.
    await columns.client.command({
      query: "INSERT INTO mirror_cuts (kind, cut) VALUES ('CutClosed', 0)",
    });
  }, 60_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("is the contract in test/vectors/analytics.json: what is there stays as it is, a change is a view with _v2", async () => {
    const contract = JSON.parse(readFileSync(vectorFile, "utf8")) as Described;
    expect(await describeViews()).toEqual(contract);
  });

  test("has amounts that are decimals, and a word about every column", async () => {
    const all = Object.entries(await describeViews()).flatMap(([view, of]) =>
      of.map(([column, comment]) => ({ view, column, comment })),
    );
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(({ column }) => /Float/.test(column))).toEqual([]);
    expect(all.filter(({ comment }) => comment.length < 5)).toEqual([]);
    // When it is null, in which zone its time is, and in what its amount.
    const [nullable, times, amounts] = [
      / Nullable/,
      / (Nullable\()?Date/,
      /^(amount|exact|\w+_amount) /,
    ];
    // `usage_at` refuses a cut that has none.
    const unsaid = all.filter(
      ({ view, column, comment }) =>
        (nullable.test(column) && view !== "usage_at" && !/null/i.test(comment)) ||
        (times.test(column) && !comment.includes("UTC")) ||
        (amounts.test(column) && !/major units/i.test(comment)),
    );
    expect(unsaid).toEqual([]);
  });

  test("has dictionaries of names, which are the same for as long", async () => {
    await columns.mirror.makeNames();
    const dictionaries = await rowsOf<{ name: string; comment: string }>(
      columns.client,
      "SELECT name, comment FROM system.tables WHERE database = {analytics:String} AND engine = 'Dictionary' ORDER BY name",
      { analytics },
    );
    const described = await Promise.all(
      dictionaries.map(async ({ name, comment }) => {
        const rows = await rowsOf<{ name: string; type: string }>(
          columns.client,
          `DESCRIBE ${analytics}.${name}`,
        );
        return [name, rows.map((row) => `${row.name} ${row.type}`).join(", "), comment];
      }),
    );
    const always = "Of every tenant; at most ten seconds old";
    expect(described).toEqual([
      [
        "customer_names",
        "tenant String, customer String, name String",
        `What the vendor calls a customer; the id where nobody said. ${always}`,
      ],
      [
        "model_names",
        "tenant String, model String, name String",
        `What people call a model that usage names by its dimension model, where the catalog has it among its models. ${always}`,
      ],
      [
        "plan_names",
        "tenant String, plan String, name String",
        `What customers read as the name of a plan. ${always}`,
      ],
    ]);
  });

  test("is read with the rights of whoever asks", async () => {
    const open = await rowsOf(
      columns.client,
      "SELECT name FROM system.tables WHERE engine = 'View' AND database IN {databases:Array(String)} AND (position(create_table_query, 'SQL SECURITY INVOKER') = 0 AND database = {analytics:String} OR match(create_table_query, 'SQL SECURITY (DEFINER|NONE)'))",
      { analytics, databases: [analytics, analytics.replace("_analytics", "")] },
    );
    expect(open).toEqual([]);
  });

  async function describeViews(): Promise<Described> {
    const views = await rowsOf<{ name: string; definition: string }>(
      columns.client,
      "SELECT name, create_table_query AS definition FROM system.tables WHERE database = {analytics:String} AND engine = 'View' ORDER BY name",
      { analytics },
    );
    const described = views.map(async ({ name, definition }) => {
      // A view with a parameter is described by a query of it, which leaves the comments out.
      const of = definition.includes("{cut:UInt32}")
        ? `(SELECT * FROM ${analytics}.${name}(cut = 0))`
        : `${analytics}.${name}`;
      const rows = await rowsOf<{ name: string; type: string }>(columns.client, `DESCRIBE ${of}`);
      return [
        name,
        rows.map((row) => [`${row.name} ${row.type}`, commentIn(definition, row.name)]),
      ];
    });
    return Object.fromEntries(await Promise.all(described)) as Described;
  }
});

function commentIn(definition: string, column: string): string {
  const [, comment = ""] =
    new RegExp(`[(,] ?\`${column}\` [^\`]*? COMMENT '((?:[^'\\\\]|\\\\.)*)'`).exec(definition) ??
    [];
  return comment.replaceAll("\\'", "'");
}
