import { expect, test } from "vitest";

import { changeOf, placeOfDelete } from "../src/index.ts";
import type { Change, Marks, Mutation, PlaceMark, TableMark } from "../src/index.ts";

const table: TableMark = { uuid: "a", blockMin: 3, blockMax: 9, mutation: 0, rows: 100 };
const place: PlaceMark = { span: 1, partition: 2, tables: { rollups: table } };

function lookedAt(
  after: Partial<TableMark>,
  mutations: readonly Omit<Mutation, "table">[] = [],
  before: Partial<TableMark> = {},
): Change {
  const was = { ...place, tables: { rollups: { ...table, ...before } } };
  const now = { ...place, tables: { rollups: { ...table, ...before, ...after } } };
  const marks: Marks = {
    startedAt: 1_000,
    isWhole: true,
    places: [now],
    mutations: mutations.map((mutation) => ({ table: "rollups", ...mutation })),
  };
  return changeOf({ startedAt: 1_001, place: was }, marks, now);
}

const elsewhere = { span: 0, partition: 2 };

test("merges change nothing, inserts let a place grow, and everything else may have changed it", () => {
  expect(lookedAt({})).toBe("same");
  expect(lookedAt({ blockMax: 12, rows: 110 })).toBe("grown");
  expect(lookedAt({ blockMax: 12, rows: 90 })).toBe("changed");
  expect(lookedAt({ rows: 90 })).toBe("changed");
  expect(lookedAt({ blockMin: 4 })).toBe("changed");
  expect(lookedAt({ uuid: "b" })).toBe("changed");
});

test("a mutation counts as a change unless it is known to have been at work elsewhere", () => {
  const done = { number: 10, isDone: true };
  expect(lookedAt({ mutation: 10 }, [{ ...done, only: undefined }])).toBe("changed");
  expect(lookedAt({ mutation: 10 }, [{ ...done, only: place }])).toBe("changed");
  expect(lookedAt({ mutation: 10 }, [{ ...done, only: elsewhere }])).toBe("same");
  // One that ClickHouse does not list, and one that may have been forgotten between two that it does.
  expect(lookedAt({ mutation: 10 }, [])).toBe("changed");
  const hundred = Array.from({ length: 100 }, (_, at) => ({
    number: 20 + at,
    isDone: true,
    only: elsewhere,
  }));
  expect(lookedAt({ mutation: 119 }, hundred)).toBe("changed");
  expect(lookedAt({ mutation: 119 }, hundred, { mutation: 20 })).toBe("same");
});

test("a mutation that is not done yet counts as a change, whatever the parts say", () => {
  expect(lookedAt({}, [{ number: 10, isDone: false, only: undefined }])).toBe("changed");
  expect(lookedAt({}, [{ number: 10, isDone: false, only: elsewhere }])).toBe("same");
});

test("rows that are gone have changed a place, and new ones in an empty place let it grow", () => {
  const marks: Marks = { startedAt: 0, isWhole: true, places: [], mutations: [] };
  expect(changeOf({ startedAt: 0, place }, marks, undefined)).toBe("changed");
  expect(changeOf({ startedAt: 0, place: undefined }, marks, undefined)).toBe("same");
  expect(changeOf({ startedAt: 0, place: undefined }, marks, place)).toBe("grown");
});

test("a server that started anew counts blocks anew where nothing is left, so nothing is taken for the same", () => {
  const marks: Marks = { startedAt: 60, isWhole: true, places: [place], mutations: [] };
  expect(changeOf({ startedAt: 0, place }, marks, place)).toBe("changed");
});

test("only a delete of ours is taken to have been at work in one place", () => {
  const where = "WHERE cut IN (5, 6)";
  expect(placeOfDelete(`(UPDATE _row_exists = 0 IN PARTITION (1, 2) ${where})`)).toEqual({
    span: 1,
    partition: 2,
  });
  for (const command of [
    `(UPDATE _row_exists = 0 ${where})`,
    `(UPDATE quantity = 0 IN PARTITION (1, 2) ${where})`,
    `(UPDATE _row_exists = 0 IN PARTITION (1, 2) WHERE tenant = 't')`,
    `(UPDATE _row_exists = 0 IN PARTITION (1, 2) ${where}, DELETE WHERE 1)`,
    "(DELETE WHERE 1)",
  ])
    expect(placeOfDelete(command), command).toBeUndefined();
});
