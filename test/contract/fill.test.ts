import { ColumnsUnavailable } from "@tallybook/columns";
import { Fenced } from "@tallybook/log";
import { fillName, fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Crash, startFillStage } from "./support/fill-stage.ts";
import type { FillStage, Point } from "./support/fill-stage.ts";
import { byHand, cutCount } from "./support/fill-usage.ts";

/** What is between two effects of a fill, and how often a partition comes there. */
const crashes: readonly (readonly [Point, number])[] = [
  ["aggregator.filling", 1],
  ["aggregator.added", 1],
  ["aggregator.added", 2],
  ["aggregator.added", 5],
  ["aggregator.topped", 1],
  ["aggregator.topped", 3],
  ["aggregator.filled", 1],
  ["aggregator.filled", 4],
];

const synced = "SETTINGS mutations_sync = 2";

/** What somebody with a client does to a meter that was filled. */
const doings: readonly (readonly [string, (meter: string) => readonly string[]])[] = [
  [
    "a measurement is deleted",
    (meter) => [`DELETE FROM measurements WHERE meter = '${meter}' AND raw_offset = 3`],
  ],
  [
    "measurements are there twice",
    (meter) => [
      `INSERT INTO measurements SELECT * FROM measurements WHERE meter = '${meter}' AND cut = 1`,
    ],
  ],
  [
    "a rollup changes",
    (meter) => [
      `ALTER TABLE rollups UPDATE quantity = quantity + 1 WHERE meter = '${meter}' AND cut = 1 ${synced}`,
    ],
  ],
  [
    "an event of before changes",
    () => [
      "ALTER TABLE usage_events UPDATE id = 'x' WHERE raw_offset = 2 SETTINGS mutations_sync = 2",
    ],
  ],
  [
    "everything is emptied",
    () =>
      ["usage_events", "measurements", "rollups", "usage_live", "usage_live_readings"].map(
        (table) => `TRUNCATE TABLE ${table}`,
      ),
  ],
  ["a table is dropped", () => ["DROP TABLE measurements SYNC"]],
];

/** And to a part while it is filled. */
const meanwhile: typeof doings = [
  [
    "a measurement of it changes",
    (meter) => [`ALTER TABLE measurements UPDATE quantity = 99 WHERE meter = '${meter}' ${synced}`],
  ],
  [
    "all of it goes",
    (meter) =>
      ["measurements", "rollups", "usage_live"].map(
        (table) => `DELETE FROM ${table} WHERE meter = '${meter}'`,
      ),
  ],
  [
    "something else changes",
    () => [`ALTER TABLE usage_events UPDATE door = 'x' WHERE raw_offset < 20 ${synced}`],
  ],
];

describe("the history of a meter is filled, on ClickHouse", { timeout: 60_000 }, () => {
  let stage: FillStage;

  beforeAll(async () => {
    stage = await startFillStage();
  }, 180_000);

  afterAll(() => stage?.close(), 30_000);

  test("it is measured as if it had been there, and known from the next cut on", async () => {
    const before = await stage.columns.readTotals({ cutMin: 0, cutMax: cutCount });
    const meters = (["sum", "count", "max", "min", "latest", "unique", "average"] as const).map(
      (each) => stage.ask(each),
    );
    await stage.untilRest();
    await stage.expectWhole();
    expect(stage.factsOf("PartRepairBegun")).toEqual([]);
    const [eventsBefore, eventsAfter] = [
      before,
      await stage.columns.readTotals({ cutMin: 0, cutMax: cutCount }),
    ].map((totals) => totals.find(({ table }) => table === "usage_events"));
    expect(eventsAfter).toEqual(eventsBefore);

    for (const meter of meters) expect(await stage.quantityOf(meter, 99)).toBe("0");
    const known = await stage.openCut();
    for (const meter of meters) {
      expect(await stage.quantityOf(meter, known - 1)).toBe("0");
      const whole = await stage.quantityOf(meter, known);
      expect(whole).toBe(byHand(meter, stage.events));
      // And as what came with that cut.
      expect(await stage.quantityOf(meter, known, known)).toBe(whole);
      expect(await stage.quantityOf(meter, known + 1, known + 1)).toBe("0");
    }
  });

  for (const [point, hits] of crashes) {
    test(`a process that dies for the ${hits}. time at ${point} leaves nothing twice`, async () => {
      stage.ask();
      let left = hits;
      stage.reached = (at) => {
        if (at !== point) return;
        left -= 1;
        if (left === 0) throw new Crash(at);
      };
      expect(await stage.untilRest()).toBe(1);
      stage.reached = () => {};
      await stage.expectWhole();
      expect(stage.factsOf("PartRepairBegun")).toEqual([]);
    });
  }

  for (const what of ["insertFilled", "buildRollups"] as const) {
    test(`an answer of ${what} that is lost leaves nothing twice`, async () => {
      stage.ask("max");
      let left = 3;
      stage.afterwards = async (each) => {
        if (each === what && (left -= 1) >= 0) throw new ColumnsUnavailable("the answer was lost");
      };
      expect(await stage.untilRest()).toBe(3);
      stage.afterwards = async () => {};
      await stage.expectWhole();
      expect(stage.factsOf("PartRepairBegun")).toEqual([]);
    });
  }

  test("a predecessor that wakes up in the middle changes nothing", async () => {
    stage.ask();
    let added = 0;
    stage.reached = (at) => {
      if (at === "aggregator.added") added += 1;
    };
    const asleep = stage.sinks;
    for (const sink of asleep) {
      // Both stand still within a part.
      for (const before = added; added === before; stage.pass()) await sink.turn();
    }
    stage.sinks = await stage.openSinks();
    await stage.untilRest();
    for (const sink of asleep) {
      const woken = (async () => {
        for (let turns = 0; turns < 100; turns += 1) await sink.turn();
      })();
      await expect(woken).rejects.toThrow(Fenced);
    }
    stage.reached = () => {};
    await stage.untilRest();
    await stage.expectWhole();
    expect(stage.factsOf("PartRepairBegun")).toEqual([]);
  });

  test("usage as known at an earlier cut is proven while a history is being filled", async () => {
    const known = await stage.openCut();
    const meter = stage.ask();
    const seenWithout: boolean[] = [];
    stage.reached = (at) => {
      if (at === "aggregator.topped") throw new Crash(at);
    };
    for (let turns = 0; turns < 50; turns += 1) {
      stage.pass();
      for (const sink of stage.sinks) await sink.turn().catch(() => "gone");
      const state = stage.cuts();
      if (!state.fills.has(fillName(meter))) continue;
      const parts = state.parts
        .flatMap((ofCut) => [...ofCut.values()])
        .map((part) => partWith(part, fillsKnownAt(state.fills, known)));
      const hidden = fillsHiddenAt(state.fills, known);
      expect(hidden.map(({ meter: of }) => of)).toEqual([meter.meter]);
      expect(await stage.columns.proveParts(parts, hidden)).toEqual({ ok: true });
      seenWithout.push((await stage.columns.proveParts(parts)).ok);
      if (seenWithout.length === 5) break;
    }
    // The rows are there: who does not leave them out finds too many.
    expect(seenWithout).toContain(false);
    stage.reached = () => {};
    stage.sinks = await stage.openSinks();
    await stage.untilRest();
    await stage.expectWhole();
  });

  for (const [what, statementsOf] of doings) {
    test(`it is there again when ${what}`, async () => {
      const before = stage.factsOf("PartRepairBegun").length;
      for (const statement of statementsOf("m0"))
        await stage.columns.client.command({ query: statement });
      await stage.untilRest();
      expect(stage.factsOf("PartRepairBegun").length).toBeGreaterThan(before);
      await stage.expectWhole();
    });
  }

  for (const [what, statementsOf] of meanwhile) {
    test(`a part is made again, and then filled, when ${what} while it is filled`, async () => {
      const before = stage.factsOf("PartRepairBegun").length;
      const { meter } = stage.ask();
      let left = 1;
      stage.afterwards = async (each) => {
        if (each !== "buildRollups" || (left -= 1) < 0) return;
        for (const query of statementsOf(meter)) await stage.columns.client.command({ query });
      };
      await stage.untilRest();
      stage.afterwards = async () => {};
      expect(stage.factsOf("PartRepairBegun").length).toBeGreaterThan(before);
      await stage.expectWhole();
    });
  }
});
