import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, cutsPerSpan, migrate, rowsOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const tables = ["measurements", "rollups", "usage_events", "usage_live", "usage_live_readings"];

describe("the layout of the columns, on ClickHouse", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-layout-"));
  let engines: TestEngines;
  let columns: Columns;

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    const options = { url: engines.clickhouseUrl, database: `tallybook_layout_${Date.now()}` };
    // Two instances of the aggregator start at once.
    await Promise.all([migrate(options), migrate(options)]);
    columns = connectColumns(options);
    await columns.prepare();
  }, 60_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("every table has a partition per week of cuts and partition of the log, and is sorted by cut", async () => {
    const found = await rowsOf<{ name: string; partition_key: string; sorting_key: string }>(
      columns.client,
      "SELECT name, partition_key, sorting_key FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)} ORDER BY name",
      { tables },
    );
    expect(found.map(({ name }) => name)).toEqual(tables);
    for (const { name, partition_key, sorting_key } of found) {
      expect(partition_key, name).toBe(`(intDiv(cut, ${cutsPerSpan}), log_partition)`);
      expect(sorting_key, name).toMatch(/^cut, /);
    }
  });
});
