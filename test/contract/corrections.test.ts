import { rowsOf } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { toText } from "@tallybook/money";
import { measure, mergedQuantity, noFills, quantityOf } from "@tallybook/usage";
import type { PartCompared, UsageAccepted, UsageRow } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { aggregated, heldOfChanges, heldOfLevels, ranked, unitsOf } from "./aggregation-oracle.ts";
import {
  aggregations,
  combinings,
  customers,
  meters,
  openReadings,
  readingOf,
  second,
  seen,
  start,
} from "./support/readings.ts";
import type { ReadingsPart, ReadingsStage } from "./support/readings.ts";

type Reading = (typeof seen)[number];

/** What a correction says: the reading as it is from its cut on, or that there was none. */
interface Correcting {
  readonly cut: number;
  readonly replaced: Reading;
  readonly becomes: Reading | null;
}

const hour = 3_600 * second;

/** Cut 3 corrects a part of what the first two saw; cut 4 corrects some of that again, and more; of some, everything is taken back. */
const corrections: Correcting[] = [];
const offsets = new Map<number, number>();
for (const cut of [3, 4]) {
  for (const [at, original] of seen.entries()) {
    const now = standingAt(cut - 1).get(original);
    if (now === undefined || at % (cut + 1) !== 0) continue;
    const offset = (offsets.get(original.partition) ?? 120) + 1;
    offsets.set(original.partition, offset);
    const isTakenBack = (at + cut) % 3 === 0;
    const customer =
      customers.find((name) => (at % 5 === 0) !== (name === now.customer)) ?? now.customer;
    const moved = { ...now, cut, offset, customer, user: `user ${at % 4}` };
    corrections.push({
      cut,
      replaced: now,
      becomes: isTakenBack
        ? null
        : { ...moved, time: now.time + (at % 2) * hour, n: `${(at * 17) % 900}.25` },
    });
    if (isTakenBack) offsets.set(original.partition, offset);
  }
}

/** What counts of each reading as known at a cut. */
function standingAt(cutMax: number): Map<Reading, Reading> {
  const standing = new Map(seen.filter(({ cut }) => cut <= cutMax).map((each) => [each, each]));
  const originalOf = new Map(seen.map((each) => [each, each]));
  for (const { cut, replaced, becomes } of corrections) {
    const original = originalOf.get(replaced);
    if (original === undefined) throw new Error("a correction of nothing");
    if (becomes !== null) originalOf.set(becomes, original);
    if (cut > cutMax) continue;
    if (becomes === null) standing.delete(original);
    else standing.set(original, becomes);
  }
  return standing;
}

function eventOf({ cut, replaced, becomes }: Correcting, offset: number): UsageAccepted {
  const { raw_offset, type, customer, subscription, time, properties } = readingOf(replaced);
  const now = becomes === null ? { ...readingOf(replaced), properties: {} } : readingOf(becomes);
  return {
    ...now,
    cut,
    raw_offset: offset,
    id: `correction ${offset}`,
    target: "of somebody",
    corrected: {
      retracts: becomes === null,
      reason: "the meter was read wrong",
      target_offset: replaced.cut <= 2 ? raw_offset : 0,
      replaced: { raw_offset, type, customer, subscription, time, properties },
    },
  };
}

function partsOfCorrections(): ReadingsPart[] {
  const taken = new Map<number, number>();
  const rows = corrections.map((each) => {
    const { partition } = each.replaced;
    const offset = (taken.get(partition) ?? 120) + 1;
    taken.set(partition, offset);
    const event = eventOf(each, offset);
    return { cut: each.cut, partition, row: { event, measured: measure(event, meters) } };
  });
  return [...Map.groupBy(rows, ({ cut, partition }) => `${cut} ${partition}`).values()].map(
    (own) => ({
      cut: own[0]?.cut ?? 0,
      partition: own[0]?.partition ?? 0,
      rows: own.map(({ row }) => row),
    }),
  );
}

function knownAt(cutMax: number): Reading[] {
  return [...standingAt(cutMax).values()];
}

describe("corrections, on ClickHouse, against a plain reading of what counts at each cut", () => {
  let stage: ReadingsStage;
  let columns: Columns;
  let compared: readonly PartCompared[];

  beforeAll(async () => {
    stage = await openReadings(partsOfCorrections());
    ({ columns, compared } = stage);
  }, 60_000);

  afterAll(() => stage?.[Symbol.asyncDispose](), 30_000);

  test("there are retractions, corrections, and corrections of corrections", () => {
    expect(corrections.filter(({ becomes }) => becomes === null).length).toBeGreaterThan(10);
    expect(corrections.filter(({ becomes }) => becomes !== null).length).toBeGreaterThan(40);
    expect(corrections.filter(({ replaced }) => replaced.cut === 3).length).toBeGreaterThan(5);
  });

  test("what is there is what the log holds, to the last digest", async () => {
    expect(await columns.proveParts(compared)).toEqual({ ok: true });
  });

  const all = { tenant: "t", from: 0, to: start + 86_400 * second, fills: noFills };
  for (const aggregation of aggregations) {
    for (const [cutMax, isApart] of [
      [2, false],
      [3, true],
      [4, false],
    ] as const) {
      test(`${aggregation} as known at cut ${cutMax}, ${isApart ? "from single events" : "from the rollups"}`, async () => {
        const asked = { ...all, cutMax, meters: [aggregation], isApart: () => isApart };
        const rows = await columns.readUsage(asked);
        const events = measurable(aggregation, knownAt(cutMax));
        for (const name of [undefined, ...customers]) {
          const isOwn = ({ customer }: { customer: string }) =>
            name === undefined || customer === name;
          expect([name, unitsOf(toText(mergedQuantity(rows.filter(isOwn))))]).toEqual([
            name,
            aggregated(aggregation, events.filter(isOwn)),
          ]);
        }
      });
    }
  }

  const bounds = [0, start, start + hour + 500_000, start + 86_400 * second];
  for (const aggregation of aggregations) {
    for (const cutMax of [-1, 3]) {
      test(`${aggregation} by windows and customers, where cuts above ${cutMax} are open`, async () => {
        const found = await columns.readSeries({
          tenant: "t",
          meter: aggregation,
          bounds,
          cutMax,
          fills: noFills,
          groupBy: ["customer"],
          only: [],
          limit: 100,
        });
        const groups = Map.groupBy(measurable(aggregation, knownAt(4)), ({ time, customer }) =>
          JSON.stringify([bounds.findLast((bound) => bound <= time), customer]),
        );
        expect(
          new Map(
            found.map((row) => {
              const { merging, quantity, count, values } = row;
              const latest = merging === "latest" ? { time: 0, partition: 0, raw_offset: 0 } : null;
              const merged = mergedQuantity([{ merging, quantity, count, value: "", latest }]);
              const value = merging === "unique" ? String(values) : toText(merged);
              return [JSON.stringify([row.window, ...row.groups]), unitsOf(value)];
            }),
          ),
        ).toEqual(new Map([...groups].map(([key, own]) => [key, aggregated(aggregation, own)])));
        const open = await columns.readUsage({
          ...all,
          cutMax,
          meters: [aggregation],
          withOpen: true,
        });
        expect(unitsOf(toText(mergedQuantity(open)))).toBe(
          aggregated(aggregation, measurable(aggregation, knownAt(4))),
        );
      });
    }
  }

  for (const aggregation of aggregations) {
    for (const cutMax of [2, 4]) {
      test(`${aggregation} by windows of each customer's own as known at cut ${cutMax}`, async () => {
        const rows = await columns.readWindows({
          tenant: "t",
          cutMax,
          fills: noFills,
          meters: [aggregation],
          dimensions: [],
          bounds: new Map(customers.map((name) => [name, bounds])),
        });
        const found = Map.groupBy(rows, ({ slot, customer }) => JSON.stringify([slot, customer]));
        const known = measurable(aggregation, knownAt(cutMax));
        const groups = Map.groupBy(known, ({ time, customer }) =>
          JSON.stringify([bounds.findLast((bound) => bound <= time), customer]),
        );
        expect(
          new Map([...found].map(([key, own]) => [key, unitsOf(toText(mergedQuantity(own)))])),
        ).toEqual(new Map([...groups].map(([key, own]) => [key, aggregated(aggregation, own)])));
      });
    }
  }

  const from = Math.floor(start / hour) * hour;
  const period = { from, to: from + 4 * hour };
  for (const cutMax of [2, 4]) {
    for (const customer of customers) {
      const own = knownAt(cutMax).filter(
        (each) => each.customer === customer && each.time >= period.from && each.time < period.to,
      );
      const oracles = [
        ["held changes", heldOfChanges(own, period.to)],
        ["held levels", heldOfLevels(own, period.to)],
        ...combinings.map(
          (combining) => [`percentile ${combining}`, ranked(46, combining, own, period)] as const,
        ),
        ["quarters", own.reduce((sum, { n }) => sum + unitsOf(n.replace("-", "")), 0n)],
      ] as const;
      for (const [name, expected] of oracles) {
        test(`${name} of ${customer} as known at cut ${cutMax}`, async () => {
          const asked = { ...all, ...period, cutMax, meters: [name], isApart: () => true };
          const rows = (await columns.readUsage(asked)).filter((row) => row.customer === customer);
          expect(rows).toHaveLength(own.length);
          const meter = meters.get(name)?.[0];
          expect(unitsOf(toText(quantityOf(rows, { meter, period })))).toBe(expected);
        });
      }
    }
  }

  test("what is put together over all slots and cuts is what counts", async () => {
    for (const name of ["held changes", "held levels"]) {
      const asked = { ...all, to: period.to, cutMax: 4, meters: [name] };
      const textOf = (row: UsageRow) => JSON.stringify([row.customer, row.dimensions]);
      const totals = (rows: UsageRow[]) =>
        [...Map.groupBy(rows, textOf)]
          .map(([key, own]) => `${key} ${toText(mergedQuantity(own))}`)
          .toSorted();
      expect(totals(await columns.readUsage({ ...asked, isPutTogether: true }))).toEqual(
        totals(await columns.readUsage(asked)),
      );
    }
  });

  test("what became known at a cut names every slot that it touches, also where nothing is left", async () => {
    for (const isApart of [false, true]) {
      const rows = await columns.readUsage({
        ...all,
        cutMin: 3,
        cutMax: 3,
        meters: ["max"],
        isApart: () => isApart,
      });
      const touched = corrections
        .filter(({ cut }) => cut === 3)
        .flatMap(({ replaced, becomes }) => [replaced, ...(becomes === null ? [] : [becomes])]);
      const timeOf = (time: number) => (isApart ? time : Math.floor(time / hour) * hour);
      expect(new Set(rows.map((row) => `${row.customer} ${row.event?.time ?? row.slot}`))).toEqual(
        new Set(touched.map(({ customer, time }) => `${customer} ${timeOf(time)}`)),
      );
    }
  });

  test("an analyst sums up, or counts, what stands", async () => {
    const [row] = await rowsOf<{ highest: string; users: string; total: string }>(
      columns.client,
      `SELECT toString(maxIf(quantity, meter = 'max')) AS highest, toString(uniqExactIf(value, meter = 'unique')) AS users,
        toString(sumIf(quantity, meter = 'sum')) AS total FROM measurements_standing`,
    );
    const known = knownAt(4);
    expect([row?.highest, row?.users, row?.total].map((text) => unitsOf(text ?? ""))).toEqual(
      (["max", "unique", "sum"] as const).map((name) => aggregated(name, measurable(name, known))),
    );
  });

  const doctored = [
    ["measurements", "takes_back = takes_back + 1", "takes_back >= 0 AND meter = 'max'"],
    ["rollups", "taken_back = 0", "taken_back > 0 AND meter = 'max'"],
    ["usage_events", "reason = 'another'", "target_offset >= 0"],
    ["usage_events", "replaced_offset = replaced_offset + 1", "target_offset >= 0"],
    ["usage_events", "retracts = NOT retracts", "target_offset >= 0"],
  ] as const;
  for (const [table, change, where] of doctored) {
    test(`${change} in ${table} is found`, async () => {
      const command = (query: string) => columns.client.command({ query });
      await command(`CREATE TABLE kept AS ${table}`);
      await command(`INSERT INTO kept SELECT * FROM ${table}`);
      await command(
        `ALTER TABLE ${table} UPDATE ${change} WHERE ${where} SETTINGS mutations_sync = 1`,
      );
      const proof = await columns.proveParts(compared);
      await command(`ALTER TABLE ${table} DELETE WHERE 1 SETTINGS mutations_sync = 1`);
      await command(`INSERT INTO ${table} SELECT * FROM kept`);
      await command("DROP TABLE kept SYNC");
      expect(proof.ok).toBe(false);
    });
  }
});

/** What cannot be measured is in no quantity. */
function measurable(aggregation: string, events: readonly Reading[]): Reading[] {
  return events.filter(({ n }) => aggregation !== "sum" || unitsOf(n) >= 0n);
}
