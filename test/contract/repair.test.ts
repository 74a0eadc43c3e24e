import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { doings, mend, tablesOf } from "./support/repair-faults.ts";
import {
  barrierOf,
  cutCount,
  eventsPerPart,
  filled,
  partitions,
  recordsOf,
  startRepairStage,
  usageOf,
} from "./support/repair-stage.ts";
import type { RepairStage } from "./support/repair-stage.ts";

describe("the columns mend themselves, on ClickHouse", { timeout: 60_000 }, () => {
  let stage: RepairStage;

  beforeAll(async () => {
    stage = await startRepairStage();
  }, 180_000);

  afterAll(() => stage?.close(), 30_000);

  test("nothing is mended where nothing was done", async () => {
    expect(stage.repairs()).toEqual([]);
    await stage.columns.client.command({ query: "OPTIMIZE TABLE measurements FINAL" });
    await stage.untilRest();
    expect(stage.repairs()).toEqual([]);
    await stage.expectWhole();
  });

  // All of them are in the long tests.
  test.each(doings.filter((_, at) => at % 3 === 0))(
    "it is mended when %s, with a record of it",
    (what, ...statements) => mend(stage, what, ...statements),
  );

  test("a repair that a crash interrupts goes on under its number, and deletes nothing", async () => {
    const before = stage.repairs().length;
    for (const query of tablesOf("TRUNCATE TABLE _")) await stage.columns.client.command({ query });
    const deletes = await mutations();
    stage.inserts = { sent: 0, left: 4 };
    await expect(stage.untilRest()).rejects.toThrow("killed");
    stage.inserts = { sent: 0, left: Infinity };
    await stage.startAgain();
    await stage.untilRest();
    const begun = stage
      .repairs()
      .slice(before)
      .map(({ cut, partition }) => `${cut}/${partition}`);
    expect(begun).toHaveLength(filled.length * partitions);
    expect(new Set(begun).size).toBe(begun.length);
    expect(await mutations()).toBe(deletes);
    await stage.expectWhole();
  });

  test("of an open cut only the last insert is sent again, and what is gone of it is found", async () => {
    const producer = await stage.log.producer();
    const raw = cutCount + filled.length * eventsPerPart;
    for (let partition = 0; partition < partitions; partition += 1)
      await producer.send(recordsOf(partition, usageOf(cutCount, raw)));
    stage.inserts = { sent: 0, left: Infinity };
    await stage.untilRest();
    expect(stage.inserts.sent).toBe((eventsPerPart / 4) * partitions);

    stage.inserts = { sent: 0, left: Infinity };
    await stage.startAgain();
    await stage.untilRest();
    expect(stage.inserts.sent).toBe(partitions);

    const gone = "log_partition = 1 AND cut = 10 AND id = '10-1'";
    await stage.columns.client.command({ query: `DELETE FROM usage_events WHERE ${gone}` });
    await stage.startAgain();
    for (let partition = 0; partition < partitions; partition += 1)
      await producer.send(recordsOf(partition, [barrierOf(cutCount, raw + eventsPerPart)]));
    const before = stage.repairs().length;
    await stage.untilRest();
    expect(stage.repairs().slice(before)).toMatchObject([{ cut: cutCount, partition: 1 }]);
    await stage.expectWhole(cutCount + 1);
  });

  async function mutations(): Promise<number> {
    const answer = await stage.columns.client.query({
      query: "SELECT count() AS count FROM system.mutations WHERE database = currentDatabase()",
      format: "JSONEachRow",
    });
    const [row] = await answer.json<{ count: string }>();
    return Number(row?.count);
  }
});
