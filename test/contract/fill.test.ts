import { ColumnsUnavailable } from "@tallybook/columns";
import { Fenced } from "@tallybook/log";
import { fillName, fillsHiddenAt, fillsKnownAt, partWith } from "@tallybook/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { crashes, dieAt, doings, meanwhile, mend, mendMeanwhile } from "./support/fill-faults.ts";
import { Crash, startFillStage } from "./support/fill-stage.ts";
import type { FillStage } from "./support/fill-stage.ts";
import { byHand, cutCount } from "./support/fill-usage.ts";

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

  // All of them, and of what is done below, are in the long tests.
  test.each(crashes.filter((_, at) => at % 2 === 0))(
    "a process that dies at %s, for the %s. time, leaves nothing twice",
    (point, hits) => dieAt(stage, point, hits),
  );

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

  test.each(doings.filter((_, at) => at % 2 === 0))("it is there again when %s", (_what, doing) =>
    mend(stage, doing),
  );

  test.each(meanwhile.slice(0, 1))(
    "a part is made again, and then filled, when %s while it is filled",
    (_what, doing) => mendMeanwhile(stage, doing),
  );
});
