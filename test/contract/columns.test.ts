import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { connectColumns, migrate, rowsOf } from "@tallybook/columns";
import type { Columns, InsertRange, MeasuredEvent, NamedStretch } from "@tallybook/columns";
import { startTestEngines } from "@tallybook/testkit";
import type { TestEngines } from "@tallybook/testkit";
import { usualMeter } from "@tallybook/testkit/facts";
import { createPartControl, measure, noFills, partDigest } from "@tallybook/usage";
import type { Meter, PartCompared, UsageAccepted } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const hour = 3_600_000_000;
const meters: ReadonlyMap<string, readonly Meter[]> = new Map([
  [
    "tokens",
    [
      meterOf({
        meter: "tokens",
        aggregation: "sum",
        value_property: "tokens",
        dimensions: ["model", "région"],
      }),
    ],
  ],
  [
    "calls",
    [meterOf({ meter: "calls", aggregation: "count", value_property: null, dimensions: [] })],
  ],
]);

function meterOf(
  part: Pick<Meter, "meter" | "aggregation" | "value_property" | "dimensions">,
): Meter {
  return { ...usualMeter, tenant: "t", version: 1, event_type: "llm", ...part };
}

function eventOf(
  offset: number,
  properties: Record<string, string>,
  more: Partial<UsageAccepted> = {},
): MeasuredEvent {
  const event: UsageAccepted = {
    kind: "UsageAccepted",
    raw_offset: offset,
    cut: 1,
    tenant: "t",
    source: "",
    id: `e-${offset}`,
    type: "llm",
    customer: offset % 2 === 0 ? "acme" : "bétà \u{1f600}:'\"\\",
    subscription: null,
    time: 1_700_000_000_123_456 + offset * (hour / 2),
    properties,
    content_hash: Buffer.alloc(32, offset),
    received_at: 1_700_000_000_000_001,
    door: "native",
    api_key: "k",
    target: null,
    personal: {},
    corrected: null,
    backfill: null,
    ...more,
  };
  return { event, measured: measure(event, meters) };
}

const rows: MeasuredEvent[] = [
  eventOf(1, { tokens: "0.000000000001", model: "a" }),
  eventOf(2, { tokens: "999999999999999999.999999999999", model: "b" }, { backfill: "jüni" }),
  eventOf(3, { tokens: "999999999999999999.999999999999", model: "b" }),
  eventOf(4, { tokens: "many", model: "b" }),
  eventOf(5, { "\u{1f600}": "x", "\uff5e": "y", b: "", a: "\u0000\t" }, { type: "other" }),
  eventOf(
    6,
    { tokens: "17", model: "ünïcode", région: "eu" },
    { tenant: "other", subscription: "s" },
  ),
  eventOf(20_000, { tokens: "18", model: "a" }, { tenant: "other", time: 1_700_000_000_000_000 }),
];
const range: InsertRange = { generation: 1, cut: 1, partition: 2, from: 1, to: 20_000, repair: 0 };

describe("the contract of the columns, on ClickHouse", () => {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-columns-"));
  let engines: TestEngines;
  let columns: Columns;
  let part: PartCompared;

  beforeAll(async () => {
    engines = await startTestEngines(dir, "clickhouse");
    const options = { url: engines.clickhouseUrl, database: `tallybook_contract_${Date.now()}` };
    await migrate(options);
    await migrate(options);
    columns = connectColumns(options);
    await columns.prepare();
    const control = createPartControl();
    for (const { event, measured } of rows) control.add(event, measured);
    const tenants = control.totals();
    part = {
      kind: "PartCompared",
      cut: 1,
      partition: 2,
      end_offset: 9,
      raw_end_offset: 7,
      repair: 0,
      tenants,
      digest: partDigest(1, 2, tenants),
      merkle_root: null,
    };
  }, 60_000);

  afterAll(async () => {
    await columns?.close();
    await engines?.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  test("the same inserts, sent again, are there once, and their digests are those of the log", async () => {
    for (let time = 0; time < 3; time += 1) {
      await columns.insertMeasured(range, rows);
      await columns.buildRollups(range);
    }
    expect(await columns.proveParts([part])).toEqual({ ok: true });
    const [live] = await rowsOf<{ count: string }>(
      columns.client,
      "SELECT toString(sum(count)) AS count FROM usage_live",
    );
    expect(live?.count).toBe(
      String(rows.reduce((sum, { measured }) => sum + measured.measurements.length, 0)),
    );
  });

  test("a month's usage comes back exact, whatever its names hold", async () => {
    const usage = await columns.readUsage({
      tenant: "t",
      from: 1_699_999_200_000_000,
      to: 1_702_591_200_000_000,
      cutMax: 1,
      fills: noFills,
    });
    expect(
      usage
        .filter(({ meter }) => meter === "tokens")
        .map(({ customer, dimensions, quantity, backfill }) => [
          customer,
          dimensions["model"],
          quantity,
          backfill,
        ]),
    ).toEqual([
      ["acme", "b", "999999999999999999.999999999999", "jüni"],
      ["bétà \u{1f600}:'\"\\", "a", "0.000000000001", ""],
      ["bétà \u{1f600}:'\"\\", "b", "999999999999999999.999999999999", ""],
    ]);
    expect(
      await columns.readUsage({
        tenant: "t",
        from: 0,
        to: 4_000_000_000_000_000,
        cutMax: 0,
        fills: noFills,
      }),
    ).toEqual([]);
  });

  test("events of a slot are told apart from it, each with its time and what it said", async () => {
    const cutAt = 1_700_000_000_123_456 + hour;
    const usage = await columns.readUsage({
      tenant: "t",
      from: cutAt,
      to: 1_702_591_200_000_000,
      cutMax: 1,
      fills: noFills,
      isApart: ({ meter, slot }) => meter === "tokens" && slot < cutAt && cutAt < slot + hour,
    });
    expect(
      usage.map(({ meter, quantity, count, event }) => [meter, quantity, count, event?.raw_offset]),
    ).toEqual([
      ["calls", "1", 1, undefined],
      ["calls", "1", 1, undefined],
      ["calls", "1", 1, undefined],
      ["tokens", "999999999999999999.999999999999", 1, 2],
      ["tokens", "999999999999999999.999999999999", 1, 3],
    ]);
    expect(usage.at(-2)?.event).toEqual({
      time: cutAt,
      partition: 2,
      raw_offset: 2,
      properties: { tokens: "999999999999999999.999999999999", model: "b" },
    });
  });

  test("what is named is asked for by stretches of the log, or all at once where it is little", async () => {
    const filter = {
      tenant: "other",
      customer: "acme",
      meters: ["tokens", "calls"],
      from: 1_699_999_200_000_000,
      to: 1_702_591_200_000_000,
      cutMax: 1,
      fills: noFills,
    };
    const offsetsOf = async (stretch: NamedStretch | null) =>
      (await columns.readNamed({ ...filter, stretch })).map(({ raw_offset }) => raw_offset);
    expect(await columns.readStretches(filter, 6)).toEqual([null]);
    expect((await offsetsOf(null)).toSorted((a, b) => a - b)).toEqual([6, 20_000]);
    const stretches = await columns.readStretches(filter, 5);
    const place = { partition: 2, cutMin: 1, cutMax: 1 };
    expect(stretches).toEqual([
      { ...place, from: 0, to: 8_192 },
      { ...place, from: 16_384, to: 24_576 },
    ]);
    expect(await Promise.all(stretches.map(offsetsOf))).toEqual([[6], [20_000]]);
    expect(await offsetsOf({ ...place, from: 6, to: 20_000 })).toEqual([6]);
    expect(await offsetsOf({ ...place, partition: 1, from: 0, to: 30_000 })).toEqual([]);
  });

  const doctored = [
    [
      "a changed backfill",
      "ALTER TABLE measurements UPDATE backfill = 'july' WHERE raw_offset = 2 SETTINGS mutations_sync = 1",
    ],
    [
      "a changed quantity",
      "ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE meter = 'tokens' AND customer = 'acme' SETTINGS mutations_sync = 1",
    ],
    [
      "a changed customer",
      "ALTER TABLE measurements UPDATE customer = 'mallory' WHERE raw_offset = 6 SETTINGS mutations_sync = 1",
      "key",
    ],
    ["a removed event", "DELETE FROM usage_events WHERE raw_offset = 3"],
    ["a row too many", "INSERT INTO rollups SELECT * FROM rollups LIMIT 1"],
  ] as const;
  for (const [what, query, isKey] of doctored) {
    test(`${what} is found`, async () => {
      if (isKey === undefined) await columns.client.command({ query });
      else await expect(columns.client.command({ query })).rejects.toThrow(/key column/);
      const proof = await columns.proveParts([part]);
      expect(proof.ok).toBe(false);
    });
  }
});
