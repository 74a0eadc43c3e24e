import { expect, test } from "vitest";

import { contentHash, settingsBehind, windowBehind } from "../src/index.ts";
import type { Backfill, Window } from "../src/index.ts";
import { barrier, decided, eventOf, recordOf, second, window } from "./decided.ts";

const hour = 3_600 * second;
const long = barrier + 1_000 * hour;

const backfill: Backfill = {
  tenant: "acme-ai",
  backfill: "b1",
  sources: [],
  from: barrier - hour,
  to: barrier + hour,
  closes_at: long + hour,
  catalog_offset: 7,
};

/** Long after the first one: everything that was claimed behind that has expired. */
const later: Window = {
  ...window,
  raw_offset: 10,
  cut: 2,
  time: long,
  lower_bound: long - 60 * second,
  backfills: [backfill],
};

const place = { partition: 0, partitions: 1, window: later };
const windowAt = (offset: number) => (offset > 10 ? later : window);
const old = (id: string, part: Parameters<typeof eventOf>[0] = {}) =>
  eventOf({ id, time: barrier, received_at: long, backfill: "b1", ...part });

test("a backfill's event is held against all that was accepted of its range, expired or not", () => {
  const records = [
    recordOf(1, eventOf({ id: "a" })),
    recordOf(2, eventOf({ id: "b" })),
    recordOf(11, old("a")),
    recordOf(12, old("b", { properties: { input_token_count: "8" } })),
    recordOf(13, old("c")),
    recordOf(14, old("c")),
    recordOf(15, eventOf({ id: "a", received_at: long })),
    recordOf(16, eventOf({ id: "a", time: long, received_at: long })),
    recordOf(17, old("a")),
  ];
  expect(decided(records, place, windowAt)).toBe(`
1 accepted  a
2 accepted  b
11 duplicate a of 1
12 conflict  conflict (id) of 2
13 accepted  c
14 duplicate c of 13
15 refused   too_old (time)
16 accepted  a
17 conflict  conflict (id) of 16
`);
});

test("what does not belong into a backfill is refused with what it takes", () => {
  const sourced = { ...later, backfills: [{ ...backfill, sources: ["", "meter-7"] }] };
  const records = [
    recordOf(11, old("a", { backfill: "b2" })),
    recordOf(12, old("a", { tenant: "other" })),
    recordOf(13, old("a", { time: backfill.from - 1 })),
    recordOf(14, old("a", { time: backfill.to })),
    recordOf(15, old("a", { time: null })),
    recordOf(16, old("a", { source: "meter-8" })),
    recordOf(17, old("a", { source: "meter-7" })),
    recordOf(18, old("c", { target: "a", correction: { retracts: false, reason: "no" } })),
    recordOf(19, old("a", { time: backfill.from })),
    recordOf(20, old("b", { time: backfill.to - 1 })),
  ];
  expect(decided(records, { ...place, window: sourced })).toBe(`
11 refused   backfill_not_open (backfill)
12 refused   backfill_not_open (backfill)
13 refused   not_in_backfill (time)
14 refused   not_in_backfill (time)
15 refused   not_in_backfill (time)
16 refused   not_in_backfill (source)
17 accepted  a
18 refused   not_in_backfill (target)
19 accepted  a
20 accepted  b
`);
});

test("within the window a backfill's event meets what came the usual way, and the other way round", () => {
  const open = { ...window, backfills: [backfill] };
  const records = [
    recordOf(1, eventOf({ id: "a" })),
    recordOf(2, old("a", { received_at: barrier })),
    recordOf(3, old("b", { received_at: barrier })),
    recordOf(4, eventOf({ id: "b" })),
    recordOf(5, old("d", { time: barrier + 20 * second, received_at: barrier })),
  ];
  expect(decided(records, { ...place, window: open })).toBe(`
1 accepted  a
2 duplicate a of 1
3 accepted  b
4 duplicate b of 3
5 refused   too_far_ahead (time)
`);
});

test("the mark is no content: a repeat by a backfill says the same as its original", () => {
  expect(contentHash(eventOf({ backfill: "b1" }))).toEqual(contentHash(eventOf()));
});

test("a backfill is open behind the barriers that know it, until the first at or after its end", () => {
  const settings = {
    kind: "SettingsSet",
    window_seconds: 60,
    ahead_seconds: 10,
    cut_interval_seconds: 5,
    simulated: true,
  } as const;
  const known = settingsBehind(undefined, settings, 0);
  const { catalog_offset, ...fact } = backfill;
  const withOne = settingsBehind(known, { kind: "BackfillRequested", ...fact }, catalog_offset);
  const again = settingsBehind(withOne, { ...settings, window_seconds: 90 }, 8);
  const openAt = (time: number, what = again) =>
    windowBehind({ raw_offset: 1, cut: 1, time, catalog_offset: 9 }, undefined, what).backfills;
  expect(openAt(barrier, known)).toEqual([]);
  expect(openAt(barrier)).toEqual([backfill]);
  expect(openAt(backfill.closes_at - 1)).toEqual([backfill]);
  expect(openAt(backfill.closes_at)).toEqual([]);
  expect(again.window_seconds).toBe(90);
});
