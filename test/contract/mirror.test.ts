import { ColumnsUnavailable, mirroredTopics, mirrorTables, rowsOf } from "@tallybook/columns";
import { decode } from "@tallybook/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Crash, startMirrorStage } from "./support/mirror-stage.ts";
import type { MirrorStage, Point } from "./support/mirror-stage.ts";

const points: readonly Point[] = [
  "mirror.read",
  "mirror.inserted",
  "mirror.compared",
  "mirror.noted",
  "mirror.removed",
];

const tables = mirroredTopics.map((topic) => mirrorTables[topic].table);
const synced = "SETTINGS mutations_sync = 2";
const pair = "tenant, collection, id, log_offset, kind";

/** What somebody with a client can do. */
const doings: readonly (readonly [string, ...string[]])[] = [
  ["rows are deleted", "DELETE FROM mirror_journal WHERE log_offset BETWEEN 3 AND 120"],
  [
    "an amount changes",
    `ALTER TABLE mirror_journal UPDATE amount = amount + 1 WHERE log_offset = 7 ${synced}`,
  ],
  [
    "a refusal changes",
    `ALTER TABLE mirror_rejected UPDATE reason = 'x' WHERE log_offset = 9 ${synced}`,
  ],
  ["rows are there twice", "INSERT INTO mirror_cuts SELECT * FROM mirror_cuts"],
  [
    "rows of a stranger come",
    `INSERT INTO mirror_catalog (${pair}) SELECT 'stranger', collection, id, log_offset, kind FROM mirror_catalog LIMIT 2`,
  ],
  ["a table is emptied", "TRUNCATE TABLE mirror_invoices"],
  ["a table is dropped", "DROP TABLE mirror_rejected SYNC"],
  ["what was noted is emptied", "TRUNCATE TABLE mirror_windows"],
  ["what was noted is dropped", "DROP TABLE mirror_windows SYNC"],
  ["everything is emptied", ...tables.map((table) => `TRUNCATE TABLE ${table}`)],
  ["everything is dropped", ...tables.map((table) => `DROP TABLE ${table} SYNC`)],
];

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

  for (const point of points)
    test(`a death at ${point}, whichever time it comes there`, async () => {
      for (let hit = 1, isReached = true; isReached && hit <= 2; hit += 1) {
        let left = hit;
        stage.reached = (reached) => {
          if (reached !== point) return;
          left -= 1;
          if (left === 0) throw new Crash(point);
        };
        if (point === "mirror.removed")
          await stage.columns.client.command({
            query: "DELETE FROM mirror_journal WHERE log_offset IN (5, 205)",
          });
        await stage.append(60);
        await stage.untilRest();
        isReached = left <= 0;
        if (hit === 1) expect(isReached).toBe(true);
        await stage.expectWhole();
      }
      stage.reached = () => {};
    }, 120_000);

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

  for (const [what, ...statements] of doings)
    test(`${what}: it is as the log says again`, async () => {
      for (const query of statements) await stage.columns.client.command({ query });
      await stage.untilRest();
      await stage.expectWhole();
      // Also to who begins anew.
      stage.worker = await stage.open();
      await stage.untilRest();
      await stage.expectWhole();
    }, 120_000);

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
