import { toText } from "@tallybook/money";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MixedMerging, mergedQuantity, rollUpRows, usageRowOf } from "../src/index.ts";
import type { Merging, UsageRow } from "../src/index.ts";

const mergings: readonly Merging[] = ["sum", "max", "min", "latest", "unique", "average"];
const hour = 3_600_000_000;

/** A measurement in whole thousandths, with where and when it was made. */
interface Reading {
  readonly thousandths: number;
  readonly user: string;
  readonly time: number;
  readonly cut: number;
  readonly partition: number;
  readonly raw_offset: number;
}

const readings: fc.Arbitrary<Reading[]> = fc.uniqueArray(
  fc.record({
    thousandths: fc.integer({ min: -5_000, max: 5_000 }),
    user: fc.constantFrom("", "ann", "bob", "ünï"),
    // Few times, so that many are the same.
    time: fc.nat(5).map((step) => step * (hour / 2)),
    cut: fc.nat(3),
    partition: fc.nat(2),
    raw_offset: fc.nat(1_000),
  }),
  {
    selector: ({ partition, raw_offset }) => `${partition}/${raw_offset}`,
    minLength: 1,
    maxLength: 40,
  },
);

function rowOf(merging: Merging, reading: Reading): UsageRow {
  const { thousandths, user, time } = reading;
  const [sign, size] = [thousandths < 0 ? "-" : "", Math.abs(thousandths)];
  const fraction = String(size % 1_000).padStart(3, "0");
  return usageRowOf(
    {
      tenant: "t",
      customer: "c",
      subscription: "",
      meter: "m",
      meter_version: 1,
      slot: Math.floor(time / hour) * hour,
      dimensions: {},
      quantity: merging === "unique" ? "1" : `${sign}${Math.floor(size / 1_000)}.${fraction}`,
      merging,
      value: merging === "unique" ? user : "",
      backfill: "",
      takes_back: null,
      latest_time: merging === "latest" ? time : 0,
    },
    reading,
    reading.partition,
  );
}

/** The quantity in whole units of 10^-12. */
function expected(merging: Merging, list: readonly Reading[]): bigint {
  const numbers = list.map(({ thousandths }) => BigInt(thousandths));
  const thousandth = 1_000_000_000n;
  switch (merging) {
    case "sum":
      return numbers.reduce((sum, each) => sum + each, 0n) * thousandth;
    case "max":
      return numbers.reduce((most, each) => (each > most ? each : most)) * thousandth;
    case "min":
      return numbers.reduce((least, each) => (each < least ? each : least)) * thousandth;
    case "unique":
      return BigInt(new Set(list.map(({ user }) => user)).size) * 1_000n * thousandth;
    case "latest": {
      const last = list
        .toSorted(
          (a, b) => a.time - b.time || a.partition - b.partition || a.raw_offset - b.raw_offset,
        )
        .at(-1);
      return BigInt(last?.thousandths ?? 0) * thousandth;
    }
    case "average": {
      const sum = numbers.reduce((total, each) => total + each, 0n) * thousandth;
      const [size, count] = [sum < 0n ? -sum : sum, BigInt(list.length)];
      const rounded = (2n * size + count) / (2n * count);
      return sum < 0n ? -rounded : rounded;
    }
  }
}

function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + fraction.padEnd(12, "0"));
  return text.startsWith("-") ? -size : size;
}

describe("a meter's quantity", () => {
  for (const merging of mergings) {
    test(`${merging}: is the same however its rows are ordered, and however they are rolled up first`, () => {
      fc.assert(
        fc.property(readings, fc.nat(40), fc.nat(40), (list, turn, split) => {
          const rows = list.map((each) => rowOf(merging, each));
          const at = turn % rows.length;
          const turned = [...rows.slice(at), ...rows.slice(0, at)].toReversed();
          const part = split % rows.length;
          const ways = [
            rows,
            turned,
            rollUpRows(rows),
            // Rolled up piece by piece, and the pieces again.
            rollUpRows([...rollUpRows(rows.slice(0, part)), ...rollUpRows(rows.slice(part))]),
            [...rollUpRows(rows.slice(part)), ...rows.slice(0, part)],
          ];
          const wanted = expected(merging, list);
          for (const way of ways) expect(unitsOf(toText(mergedQuantity(way)))).toBe(wanted);
        }),
      );
    });
  }

  test("of nothing is zero", () => {
    expect(toText(mergedQuantity([]))).toBe("0");
  });

  test("an average that ends nowhere is rounded half up, away from zero, to 12 decimals", () => {
    const average = (...thousandths: number[]) =>
      toText(
        mergedQuantity(
          thousandths.map((each, raw_offset) =>
            rowOf("average", {
              thousandths: each,
              user: "",
              time: 0,
              cut: 0,
              partition: 0,
              raw_offset,
            }),
          ),
        ),
      );
    expect(average(1_000, 1_000, 0)).toBe("0.666666666667");
    expect(average(-1_000, -1_000, 0)).toBe("-0.666666666667");
    expect(average(1_000, 0, 0)).toBe("0.333333333333");
  });

  test("is none where rows merge in two ways", () => {
    const reading = { thousandths: 1, user: "", time: 0, cut: 0, partition: 0, raw_offset: 1 };
    expect(() => mergedQuantity([rowOf("max", reading), rowOf("sum", reading)])).toThrow(
      MixedMerging,
    );
  });
});
