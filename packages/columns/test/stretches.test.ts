import { stretchesOf } from "@tallybook/columns";
import { expect, test } from "vitest";

const run = (partition: number, at: number, cut: number, rows: number) => ({
  partition,
  run: at,
  cutMin: cut,
  cutMax: cut + 1,
  rows,
});

test("runs are put together to stretches of one partition, none with more rows than were asked for but a run alone", () => {
  const runs = [
    run(0, 0, 1, 3),
    run(0, 1, 2, 3),
    run(0, 5, 9, 4),
    run(1, 0, 1, 2),
    run(1, 7, 3, 9),
  ];
  expect(stretchesOf(runs, 21)).toEqual([null]);
  expect(stretchesOf([], 0)).toEqual([null]);
  expect(stretchesOf(runs, 6, 10)).toEqual([
    { partition: 0, from: 0, to: 20, cutMin: 1, cutMax: 3 },
    { partition: 0, from: 50, to: 60, cutMin: 9, cutMax: 10 },
    { partition: 1, from: 0, to: 10, cutMin: 1, cutMax: 2 },
    { partition: 1, from: 70, to: 80, cutMin: 3, cutMax: 4 },
  ]);
});
