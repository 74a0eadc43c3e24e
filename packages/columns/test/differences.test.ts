import { differencesOf } from "@tallybook/columns";
import type { ColumnsControl } from "@tallybook/columns";
import { describe, expect, test } from "vitest";

const digest = new Uint8Array(32);
const control: ColumnsControl = {
  cut: 3,
  partition: 0,
  tenant: "default",
  accepted: 1,
  measured: 1,
  without_meter: 0,
  unmeasurable: 0,
  events_digest: digest,
  measurements: 1,
  measurements_digest: digest,
  rollups: 1,
  rollups_digest: digest,
  quantities: [{ meter: "tokens", count: 1, quantity: "5" }],
};
const part = { cut: 3, partition: 0, tenants: [control] };

describe("columns differ from the log", () => {
  test("not where every part holds what it held", () => {
    expect(differencesOf([part], [control])).toEqual([]);
  });

  test("where a number is another one", () => {
    expect(differencesOf([part], [{ ...control, rollups: 2 }])).toEqual([
      "cut 3, partition 0, tenant default: rollups is 2 in ClickHouse, 1 in the log",
    ]);
  });

  test("where a tenant or a partition has rows that the log does not know", () => {
    expect(differencesOf([part], [control, { ...control, tenant: "other" }])).toHaveLength(1);
    expect(differencesOf([part], [control, { ...control, partition: 9 }])).toHaveLength(1);
  });

  test("not by what belongs to other cuts", () => {
    expect(differencesOf([part], [control, { ...control, cut: 4 }])).toEqual([]);
  });
});
