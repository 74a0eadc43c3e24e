import fc from "fast-check";
import { expect, test } from "vitest";

import { checkReported } from "../src/check.ts";
import type { UsageReported } from "../src/index.ts";

const event: UsageReported = {
  kind: "UsageReported",
  tenant: "t",
  source: "",
  id: "1",
  type: "t",
  customer: "c",
  subscription: null,
  time: null,
  properties: {},
  received_at: 0,
  door: null,
  api_key: null,
  target: null,
  personal: {},
  correction: null,
  backfill: null,
};

/** Of one, two, three and four bytes. */
const letter = fc.constantFrom("a", "ä", "€", "🙂");

test("an id is too long from 513 bytes on, whatever its letters", () => {
  fc.assert(
    fc.property(letter, fc.integer({ min: 1, max: 600 }), (each, count) => {
      const fault = checkReported({ ...event, id: each.repeat(count) });
      expect(fault?.reason).toBe(Buffer.byteLength(each) * count > 512 ? "too_long" : undefined);
    }),
  );
});

test("properties are too long from 16 KiB and a byte on, and 512 KiB and a byte together", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 17_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(letter, sizes, (each, units) => {
      const texts = units.map((count) => each.repeat(Math.floor(count / each.length)));
      const properties = Object.fromEntries(texts.map((text, at) => [`p${at}`, text]));
      const bytes = Object.entries(properties).map(([name, text]) =>
        Buffer.byteLength(name + text),
      );
      const isTooLong =
        bytes.some((size) => size > 16 * 1024) ||
        bytes.reduce((sum, size) => sum + size, 0) > 512 * 1024;
      expect(checkReported({ ...event, properties })?.reason).toBe(
        isTooLong ? "too_long" : undefined,
      );
    }),
  );
});

test.each([
  [16 * 1024 - 2, undefined],
  [16 * 1024 - 1, "too_long"],
])("a property named by two bytes may have %i of text", (size, reason) => {
  const properties = { p1: "x".repeat(size) };
  expect(checkReported({ ...event, properties })?.reason).toBe(reason);
});
