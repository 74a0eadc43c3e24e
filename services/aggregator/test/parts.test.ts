import type { ColumnsControl } from "@tallybook/columns";
import { createPartControl } from "@tallybook/usage";
import { describe, expect, test } from "vitest";

import { compareEnded, endOf } from "../src/parts.ts";

describe("parts that are compared together", () => {
  test("are read at once, and equal up to the first that differs", async () => {
    const asked: object[] = [];
    const columns = {
      async readControls(range: object) {
        asked.push(range);
        return [stray(7)];
      },
    };
    const { equal, different } = await compareEnded(columns, [5, 6, 7, 8].map(ended));
    expect(asked).toEqual([{ cutMin: 5, cutMax: 8, partition: 3 }]);
    expect(equal.map(({ cut, end_offset, repair }) => [cut, end_offset, repair])).toEqual([
      [5, 50, 2],
      [6, 60, 2],
    ]);
    expect(different?.ended.part.cut).toBe(7);
    expect(different?.words).toEqual([
      "cut 7, partition 3, tenant t: rows that the log does not have",
    ]);
  });

  test("are all equal where nothing differs", async () => {
    const columns = { readControls: async () => [] };
    const { equal, different } = await compareEnded(columns, [ended(5)]);
    expect(equal.map(({ cut }) => cut)).toEqual([5]);
    expect(different).toBeUndefined();
  });
});

/** Without an event. */
function ended(cut: number) {
  const begin = { cut, from: 0, after: -1, catalogOffset: 0, repair: 2 };
  const measure = () => ({ outcome: "without_meter" as const, reason: "", measurements: [] });
  const part = { ...begin, measure, control: createPartControl() };
  return endOf(part, 3, cut * 10 - 1, cut * 10);
}

function stray(cut: number): ColumnsControl {
  const nothing = new Uint8Array(32);
  return {
    cut,
    partition: 3,
    tenant: "t",
    accepted: 1,
    measured: 1,
    without_meter: 0,
    unmeasurable: 0,
    events_digest: nothing,
    measurements: 1,
    measurements_digest: nothing,
    rollups: 1,
    rollups_digest: nothing,
    quantities: [],
  };
}
