import { expect } from "vitest";

import type { RepairStage } from "./repair-stage.ts";

const synced = "SETTINGS mutations_sync = 2";
const rollup =
  "customer, subscription, meter, meter_version, slot, dimensions, quantity, count, merging";

/** What somebody with a client can do, and its statements. */
export const doings: readonly (readonly [string, ...string[]])[] = [
  ["an event changes", `ALTER TABLE usage_events UPDATE id = 'x' WHERE raw_offset = 3 ${synced}`],
  [
    "an event's door changes",
    `ALTER TABLE usage_events UPDATE door = 'x' WHERE raw_offset = 3 ${synced}`,
  ],
  ["a measurement changes", `ALTER TABLE measurements UPDATE quantity = 7 WHERE cut = 1 ${synced}`],
  [
    "a rollup changes",
    `ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE cut = 2 ${synced}`,
  ],
  ["live totals change", `ALTER TABLE usage_live UPDATE quantity = 1 WHERE cut = 0 ${synced}`],
  [
    "live extremes change",
    `ALTER TABLE usage_live_readings UPDATE highest = highest + 1 WHERE cut = 0 ${synced}`,
  ],
  ["a mutation runs while nobody waits", "ALTER TABLE rollups UPDATE count = 1 WHERE cut = 6"],
  ["events are deleted", "DELETE FROM usage_events WHERE cut IN (1, 6)"],
  ["rows are deleted the old way", `ALTER TABLE rollups DELETE WHERE cut = 9 ${synced}`],
  ["events are there twice", "INSERT INTO usage_events SELECT * FROM usage_events WHERE cut = 2"],
  ["measurements are there twice", "INSERT INTO measurements SELECT * FROM measurements LIMIT 3"],
  ["live totals are there twice", "INSERT INTO usage_live SELECT * FROM usage_live LIMIT 2"],
  [
    "a row is put in the place of another",
    "DELETE FROM rollups WHERE cut = 1",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 1, log_partition, tenant, ${rollup} FROM rollups WHERE cut = 2`,
  ],
  [
    "rows of a stranger come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT cut, log_partition, 'stranger', ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a cut that was empty come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 5, log_partition, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a cut that is not there yet come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT 9999, log_partition, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  [
    "rows of a partition that the log does not have come",
    `INSERT INTO rollups (cut, log_partition, tenant, ${rollup}) SELECT cut, 65535, tenant, ${rollup} FROM rollups LIMIT 1`,
  ],
  ["a partition is dropped", "ALTER TABLE usage_events DROP PARTITION (0, 1)"],
  ["a partition of every table is dropped", ...tablesOf("ALTER TABLE _ DROP PARTITION (0, 0)")],
  ["a table is emptied", "TRUNCATE TABLE measurements"],
  ["a table is dropped", "DROP TABLE rollups SYNC"],
  ["a view is dropped", "DROP TABLE usage_live_feed SYNC", "TRUNCATE TABLE usage_live"],
  ["everything is emptied", ...tablesOf("TRUNCATE TABLE _")],
];

const isUnseen = /nobody waits|not there yet/;

/** A statement for each of the tables that a part stands in. */
export function tablesOf(statement: string): string[] {
  return ["usage_events", "measurements", "rollups", "usage_live", "usage_live_readings"].map(
    (table) => statement.replace("_", table),
  );
}

/** Does it, and looks on while it is mended. */
export async function mend(
  stage: RepairStage,
  what: string,
  ...statements: readonly string[]
): Promise<void> {
  const before = stage.repairs().length;
  const compared = stage.compared();
  expect(await stage.columns.proveParts(compared)).toEqual({ ok: true });
  for (const query of statements) await stage.columns.client.command({ query });
  // Who has proven it before sees it too, if it concerns what is closed and is done already.
  if (!isUnseen.test(what)) {
    // A table that is gone cannot be read: that is no proof either.
    const proof = await stage.columns.proveParts(compared).catch(() => ({ ok: false }));
    expect(proof, "the proof after it").toMatchObject({ ok: false });
  }
  await stage.untilRest();
  const begun = stage.repairs().slice(before);
  expect(begun).not.toEqual([]);
  for (const { differences } of begun) expect(differences.length).toBeGreaterThan(0);
  await stage.expectWhole();
}
