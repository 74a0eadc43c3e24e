import fc from "fast-check";
import { expect, test } from "vitest";
import { partitionsOf, readEnv, readInstance } from "../src/index.ts";

test("every partition belongs to exactly one of the ordinals", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, (instances, partitions) => {
      const owned = Array.from({ length: instances }, (_, ordinal) =>
        partitionsOf({ ordinal, instances }, partitions),
      ).flat();
      expect(owned.toSorted((a, b) => a - b)).toEqual([...Array(partitions).keys()]);
    }),
  );
});

test("the owner of partition 0 has the ordinal 0, whatever their number", () => {
  expect(partitionsOf({ ordinal: 0, instances: 3 }, 6)).toEqual([0, 3]);
  expect(partitionsOf({ ordinal: 2, instances: 3 }, 6)).toEqual([2, 5]);
  expect(partitionsOf({ ordinal: 4, instances: 5 }, 4)).toEqual([]);
});

test("one instance unless told otherwise, and an ordinal that is not among them is refused", () => {
  expect(readEnv({}, readInstance)).toEqual({ ordinal: 0, instances: 1 });
  expect(readEnv({ INSTANCES: "3", ORDINAL: "2" }, readInstance)).toEqual({
    ordinal: 2,
    instances: 3,
  });
  expect(() => readEnv({ INSTANCES: "2", ORDINAL: "2" }, readInstance)).toThrow(
    'ORDINAL is "2": set it to a whole number from 0 to 1.',
  );
});
