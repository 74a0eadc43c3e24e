import { ColumnsUnavailable, rowsOf } from "@tallybook/columns";
import { decode, encode, topics } from "@tallybook/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { dieAt, doings, mend, pair, points } from "./support/mirror-faults.ts";
import { startMirrorStage } from "./support/mirror-stage.ts";
import type { MirrorStage } from "./support/mirror-stage.ts";

describe("topics are mirrored into ClickHouse exactly once", () => {
  let stage: MirrorStage;

  beforeAll(async () => {
    stage = await startMirrorStage();
    await stage.append(230);
    await stage.untilRest();
  }, 120_000);

  afterAll(async () => {
    await stage?.close();
  }, 30_000);

  test("each record is a row, and what is sealed is noted", async () => {
    await stage.expectWhole();
    const noted = await rowsOf<{ topic: string; windows: string }>(
      stage.columns.client,
      "SELECT topic, toString(count()) AS windows FROM mirror_windows FINAL GROUP BY topic ORDER BY topic",
    );
    expect(noted).toEqual(
      ["catalog", "cuts", "invoices", "journal"].map((topic) => ({ topic, windows: "2" })),
    );
  });

  test.each(points)("a death at %s", { timeout: 120_000 }, async (point) => {
    expect(await dieAt(stage, point, 1)).toBe(true);
  });

  for (const what of ["insert", "remove", "note"] as const)
    test(`the answer of ${what} is lost`, async () => {
      let lost = 0;
      stage.afterwards = async (done) => {
        if (done !== what || lost === 3) return;
        lost += 1;
        throw new ColumnsUnavailable("the answer is lost");
      };
      await stage.columns.client.command({
        query: "DELETE FROM mirror_cuts WHERE log_offset IN (5, 105, 205)",
      });
      await stage.append(130);
      expect(await stage.untilRest()).toBe(3);
      stage.afterwards = async () => {};
      await stage.expectWhole();
    }, 120_000);

  test("two at once, and one that wakes up and goes on where it stood", async () => {
    const stalled = stage.worker;
    await stage.append(150);
    // It has read and inserted some of it, and stands still.
    for (let turn = 0; turn < 5; turn += 1) await stalled.turn();
    stage.worker = await stage.open();
    await stage.append(150);
    await stage.untilRest();
    const successor = stage.worker;
    stage.worker = stalled;
    await stage.untilRest();
    await stage.expectWhole();
    stage.worker = successor;
    await stage.append(10);
    await stage.untilRest();
    await stage.expectWhole();
  }, 120_000);

  // All of them, and later deaths, are in the long tests.
  test.each(doings.filter((_, at) => at % 4 === 0))(
    "%s: it is as the log says again",
    { timeout: 120_000 },
    (_what, ...statements) => mend(stage, statements),
  );

  test("views that somebody dropped are there again", async () => {
    const { analytics, columns } = stage;
    await columns.client.command({ query: `DROP VIEW ${analytics}.rejected` });
    await columns.client.command({ query: "DROP VIEW completeness" });
    await stage.untilRest();
    await columns.client.command({ query: `DROP DATABASE ${analytics}` });
    await stage.untilRest();
    const [row] = await rowsOf<{ rows: string }>(
      columns.client,
      `SELECT toString(count()) AS rows FROM ${analytics}.rejected`,
    );
    const records = [0, 1].map((of) => stage.log.recordsOf("usage.rejected", of).length);
    expect(Number(row?.rows)).toBe(records.reduce((sum, of) => sum + of, 0));
  }, 120_000);

  test("names are as new as what is mirrored, and there again where somebody dropped them", async () => {
    const { analytics, columns, log } = stage;
    const idsBy = { customer: "customers", plan: "plans" };
    const expectNames = async (): Promise<void> => {
      await stage.untilRest();
      for (const [id, view] of Object.entries(idsBy)) {
        const [known, wanted] = await Promise.all(
          [`${id}_names`, `${view} WHERE current`].map((source) =>
            rowsOf(
              columns.client,
              `SELECT DISTINCT tenant, ${id}, name FROM ${analytics}.${source} ORDER BY ALL`,
            ),
          ),
        );
        expect(known?.length).toBeGreaterThan(0);
        expect(known).toEqual(wanted);
      }
    };
    const nameOf = async (customer: string): Promise<string | undefined> => {
      const [row] = await rowsOf<{ name: string }>(
        columns.client,
        `SELECT dictGet('${analytics}.customer_names', 'name', ('acme', {customer:String})) AS name`,
        { customer },
      );
      return row?.name;
    };
    await expectNames();
    const facts = log.recordsOf("catalog", 0).map(({ value }) => decode(value));
    const created = facts.find(({ kind }) => kind === "CustomerCreated");
    const producer = await log.producer();
    for (const name of ["First Ltd", "Second Ltd"]) {
      const fact = {
        ...created,
        tenant: "acme",
        customer: "named",
        name,
      } as (typeof facts)[number];
      await producer.send([
        { topic: topics.catalog, partition: 0, key: null, value: encode(fact) },
      ]);
      await expectNames();
      expect(await nameOf("named")).toBe(name);
    }
    await columns.client.command({ query: `DROP DICTIONARY ${analytics}.customer_names` });
    await expectNames();
    // Somebody writes another name, which is read, and made what the log says again.
    await columns.client.command({
      query:
        "ALTER TABLE mirror_catalog UPDATE body = '{}' WHERE id = 'named' SETTINGS mutations_sync = 2",
    });
    await columns.mirror.reloadNames();
    expect(await nameOf("named")).toBe("named");
    await expectNames();
    expect(await nameOf("named")).toBe("Second Ltd");
    // What is below them can be dropped as if they were not there, and made anew.
    await columns.client.command({ query: `DROP VIEW ${analytics}.customers` });
    await columns.client.command({ query: "DROP TABLE mirror_catalog SYNC" });
    await expectNames();
    expect(stage.told.filter((told) => told.includes("names"))).toEqual([]);
  }, 120_000);

  test("another log's rows go: a shorter log is not this one's", async () => {
    const { client } = stage.columns;
    await client.command({
      query: `INSERT INTO mirror_catalog (${pair}) VALUES ('t', 'x', 'x', 999999, 'TenantCreated')`,
    });
    stage.worker = await stage.open();
    await stage.untilRest();
    await stage.expectWhole();
  }, 120_000);

  test("keys, their hashes, and what is personal are nowhere", async () => {
    const secrets = stage.log.recordsOf("catalog", 0).flatMap(({ value }) => {
      const fact = decode(value);
      if (fact.kind === "ApiKeyCreated") return [Buffer.from(fact.hash).toString("hex")];
      if (fact.kind === "CommandAnswered") return [fact.key];
      return [];
    });
    expect(secrets.length).toBeGreaterThan(0);
    const rows = await stage.columns.mirror.read({
      topic: "catalog",
      partition: 0,
      from: 0,
      to: 1_000_000,
    });
    const text = JSON.stringify(rows).toLowerCase();
    for (const secret of new Set(secrets)) {
      expect(text).not.toContain(secret.toLowerCase());
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1).toLowerCase());
    }
  });
});
