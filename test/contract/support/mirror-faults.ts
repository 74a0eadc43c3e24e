import { mirroredTopics, mirrorTables } from "@tallybook/columns";

import { Crash } from "./mirror-stage.ts";
import type { MirrorStage, Point } from "./mirror-stage.ts";

/** Where a mirror can die. */
export const points: readonly Point[] = [
  "mirror.read",
  "mirror.inserted",
  "mirror.compared",
  "mirror.noted",
  "mirror.removed",
];

const tables = mirroredTopics.map((topic) => mirrorTables[topic].table);
const synced = "SETTINGS mutations_sync = 2";
export const pair = "tenant, collection, id, log_offset, kind";

/** What somebody with a client can do, and its statements. */
export const doings: readonly (readonly [string, ...string[]])[] = [
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

/** Dies at the point at its `hit`th time, and goes on; returns whether it came there so often. */
export async function dieAt(stage: MirrorStage, point: Point, hit: number): Promise<boolean> {
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
  // More than a window, so that one is sealed.
  await stage.append(120);
  await stage.untilRest();
  stage.reached = () => {};
  await stage.expectWhole();
  return left <= 0;
}

/** Does it, and waits until everything is as the log says again, also to who begins anew. */
export async function mend(stage: MirrorStage, statements: readonly string[]): Promise<void> {
  for (const query of statements) await stage.columns.client.command({ query });
  await stage.untilRest();
  await stage.expectWhole();
  stage.worker = await stage.open();
  await stage.untilRest();
  await stage.expectWhole();
}
