import { TooMuchUsage } from "@tallybook/columns";
import type { Columns, SeriesRow } from "@tallybook/columns";
import { toText } from "@tallybook/money";
import { mergedQuantity, noFills } from "@tallybook/usage";
import type { PartCompared } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { aggregated, unitsOf } from "./aggregation-oracle.ts";
import { aggregations, customers, openReadings, second, seen, start } from "./support/readings.ts";
import type { ReadingsStage } from "./support/readings.ts";

describe("usage as of now, on ClickHouse, whichever cuts are closed", () => {
  let stage: ReadingsStage;
  let columns: Columns;
  let compared: readonly PartCompared[];

  beforeAll(async () => {
    stage = await openReadings();
    ({ columns, compared } = stage);
  }, 60_000);

  afterAll(() => stage?.[Symbol.asyncDispose](), 30_000);

  // One bound lies inside an hour, and inside a slot; the second cut is open, or closed.
  const bounds = [0, start, start + 3_600 * second + 500_000, start + 86_400 * second];
  const groupBy = ["customer", { dimension: "région" }] as const;
  for (const aggregation of aggregations) {
    for (const cutMax of [-1, 1, 2]) {
      test(`${aggregation} by windows and groups, where cuts above ${cutMax} are open`, async () => {
        const asked = { tenant: "t", meter: aggregation, bounds, cutMax, fills: noFills };
        const found = await columns.readSeries({ ...asked, groupBy, only: [], limit: 100 });
        const events = seen.filter(({ n }) => aggregation !== "sum" || unitsOf(n) >= 0n);
        const groups = Map.groupBy(events, ({ time, customer, region }) =>
          JSON.stringify([bounds.findLast((bound) => bound <= time), customer, region]),
        );
        expect(
          new Map(found.map((row) => [JSON.stringify([row.window, ...row.groups]), valueOf(row)])),
        ).toEqual(new Map([...groups].map(([key, own]) => [key, aggregated(aggregation, own)])));
        const [first] = found;
        const after = [first?.window ?? 0, ...(first?.groups ?? [])] as [number, ...string[]];
        const next = { ...asked, groupBy, only: [], limit: 3, after };
        expect(await columns.readSeries(next)).toEqual(found.slice(1, 4));
        const only = [{ of: groupBy[1], anyOf: ["eu"] }];
        expect(await columns.readSeries({ ...asked, groupBy, only, limit: 100 })).toEqual(
          found.filter(({ groups: [, region] }) => region === "eu"),
        );
      });
    }
  }

  test("usage with the open cuts is the same whichever are closed, and is refused where it is too much", async () => {
    const all = { tenant: "t", from: 0, to: start + 86_400 * second, fills: noFills };
    const closed = await columns.readUsage({ ...all, cutMax: 2 });
    for (const cutMax of [-1, 0, 1, 2])
      expect(await columns.readUsage({ ...all, cutMax, withOpen: true })).toEqual(closed);
    const bounded = { ...all, cutMax: 1, withOpen: true };
    expect(await columns.readUsage({ ...bounded, rowsMax: closed.length })).toEqual(closed);
    for (const isApart of [() => false, () => true])
      await expect(
        columns.readUsage({ ...bounded, isApart, rowsMax: closed.length - 1 }),
      ).rejects.toThrow(TooMuchUsage);
    expect(await columns.countRollups({ tenant: "t", cutMax: 2, fills: noFills })).toBe(
      compared.reduce((rows, { tenants: [of] }) => rows + (of?.rollups ?? 0), 0),
    );
  });

  // Each has bounds of its own: whole hours, inside of one, and inside a second.
  const [one = "", other = ""] = customers;
  const boundsOf = new Map([
    [one, [0, start, start + 1_800 * second, start + 86_400 * second]],
    [other, [start - 86_400 * second, start + 3_600 * second + 500_000, start + 7_200 * second]],
  ]);
  for (const aggregation of aggregations) {
    for (const dimensions of [[], ["région"]]) {
      test(`${aggregation} by windows of each customer's own, ${dimensions.length === 0 ? "of all regions" : "by region"}`, async () => {
        const meters = [aggregation];
        const asked = {
          tenant: "t",
          cutMax: 2,
          fills: noFills,
          meters,
          dimensions,
          bounds: boundsOf,
        };
        const rows = await columns.readWindows(asked);
        const found = Map.groupBy(rows, ({ customer, slot, dimensions: named }) =>
          JSON.stringify([slot, customer, named["région"] ?? ""]),
        );
        const events = seen.filter(({ n }) => aggregation !== "sum" || unitsOf(n) >= 0n);
        const groups = Map.groupBy(events, ({ time, customer, region }) => {
          const own = boundsOf.get(customer) ?? [];
          const window = time < (own.at(-1) ?? 0) ? own.findLast((bound) => bound <= time) : null;
          return JSON.stringify([window, customer, dimensions.length === 0 ? "" : region]);
        });
        const expected = [...groups].filter(([key]) => !/^\[(?:null,|")/.test(key));
        expect(expected.length).toBeGreaterThan(2);
        expect(
          new Map([...found].map(([key, own]) => [key, unitsOf(toText(mergedQuantity(own)))])),
        ).toEqual(new Map(expected.map(([key, own]) => [key, aggregated(aggregation, own)])));
      });
    }
  }
});

/** In units of 10^-12. */
function valueOf({ merging, quantity, count, values }: SeriesRow): bigint {
  if (merging === "unique") return unitsOf(String(values));
  const latest = merging === "latest" ? { time: 0, partition: 0, raw_offset: 0 } : null;
  return unitsOf(toText(mergedQuantity([{ merging, quantity, count, value: "", latest }])));
}
