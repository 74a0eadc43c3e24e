import { checkReported, identityKey, propertiesMax, recordKey } from "@tallybook/usage";
import type { UsageReported } from "@tallybook/usage";
import fc from "fast-check";
import { expect, test } from "vitest";

import { decode, encode } from "../src/frame.ts";
import { skim } from "../src/skim.ts";

const usual: UsageReported = {
  kind: "UsageReported",
  tenant: "default",
  source: "app",
  id: "evt_1",
  type: "llm.completion",
  customer: "acme",
  subscription: null,
  time: 1_700_000_000_123_456,
  properties: { model: "m-1", input_token_count: "812", text: "two\nlines" },
  received_at: 1_700_000_001_000_000,
  door: "native",
  api_key: "k1",
  target: null,
  personal: {},
  correction: null,
  backfill: null,
};

test("a usual event is skimmed: its times, its owner, and where its content ends", () => {
  const frame = encode(usual);
  const { time, received_at, tenantAt, tenantBytes, customerAt, customerBytes, contentEnd } = skim(
    frame,
    recordKey(usual),
  ) ?? { tenantAt: 0, tenantBytes: 0, customerAt: 0, customerBytes: 0, contentEnd: 0 };
  expect([time, received_at]).toEqual([usual.time, usual.received_at]);
  expect(frame.toString("utf8", tenantAt, tenantAt + tenantBytes)).toBe("default");
  expect(frame.toString("utf8", customerAt, customerAt + customerBytes)).toBe("acme");
  const later = encode({ ...usual, received_at: null, door: null, api_key: "k2" });
  expect(later.subarray(0, contentEnd).equals(frame.subarray(0, contentEnd))).toBe(true);
  const other = encode({ ...usual, properties: { ...usual.properties, text: "two\nlineS" } });
  expect(other.subarray(0, contentEnd).equals(frame.subarray(0, contentEnd))).toBe(false);
});

const property = (length: number) =>
  Object.fromEntries([["p".repeat(length / 2), "v".repeat(length / 2)]]);

test.each<[string, Partial<UsageReported>]>([
  ["a text that is not ASCII", { customer: "Zoë" }],
  ["a control character", { id: "a\tb" }],
  ["an empty customer", { customer: "" }],
  ["an empty subscription", { subscription: "" }],
  ["a name that is too long", { type: "t".repeat(256) }],
  ["an id that is too long", { id: "i".repeat(513) }],
  ["a time before 1970", { time: -1 }],
  ["a time that is too late", { received_at: 4_300_000_000_000_000 }],
  [
    "a property named __proto__",
    { properties: JSON.parse('{"a__proto__":"1"}') as Record<string, string> },
  ],
  ["a value that is not ASCII", { properties: { a: "ü" } }],
  ["a value of ten thousand bytes", { properties: property(20_000) }],
  [
    "too many properties",
    {
      properties: Object.fromEntries(
        Array.from({ length: propertiesMax + 1 }, (_, at) => [`p${at}`, ""]),
      ),
    },
  ],
  ["a correction", { target: "evt_0", correction: { retracts: false, reason: "wrong" } }],
  ["what comes by a backfill", { backfill: "b1" }],
  ["something personal", { personal: { name: Buffer.from("x") } }],
])("%s is for others to judge", (_, of) => {
  const event = { ...usual, ...of };
  expect(skim(encode(event), recordKey(event))).toBeUndefined();
});

test("another key, another framing, and half a record are for others to judge", () => {
  const [frame, key] = [encode(usual), recordKey(usual)];
  for (const other of [
    null,
    Buffer.from("default"),
    key.subarray(0, -1),
    Buffer.concat([key, Buffer.from("x")]),
    identityKey("default", "app", "evt_2"),
    identityKey("default", "ap", "pevt_1"),
  ])
    expect(skim(frame, other)).toBeUndefined();
  for (let bytes = 0; bytes < frame.length; bytes += 1)
    expect(skim(frame.subarray(0, bytes), key)).toBeUndefined();
  expect(skim(Buffer.concat([frame, Buffer.alloc(1)]), key)).toBeUndefined();
});

const rarely = <Of>(of: fc.Arbitrary<Of>) =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: of });
const text = fc.oneof(
  { weight: 60, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "\ufffd", "\u001f", "x".repeat(300)) },
);
const micros = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 12, arbitrary: fc.nat(2 ** 31) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }) },
);
const events = fc.record({
  kind: fc.constant("UsageReported" as const),
  tenant: text,
  source: text,
  id: text,
  type: text,
  customer: text,
  subscription: fc.option(text),
  time: micros,
  properties: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
  received_at: micros,
  door: fc.option(text),
  api_key: fc.option(text),
  target: rarely(text),
  personal: fc.constant({}),
  correction: rarely(fc.record({ retracts: fc.boolean(), reason: text })),
  backfill: rarely(text),
});
const damage = fc.oneof(
  fc.constant([]),
  fc.array(fc.record({ at: fc.nat(150), byte: fc.nat(255) }), { maxLength: 2 }),
);

test("what is skimmed, whatever its bytes, is an event that nothing is wrong with, and says the same as it", () => {
  let skimmed = 0;
  fc.assert(
    fc.property(events, damage, (event, changes) => {
      const frame = encode(event);
      for (const { at, byte } of changes) if (at < frame.length && at > 4) frame[at] = byte;
      const read = readable(frame);
      const key = recordKey(read ?? event);
      const found = skim(frame, key);
      if (found === undefined) return;
      skimmed += 1;
      const { time, received_at, target, personal, correction, backfill, tenant, customer } =
        read as UsageReported;
      expect(checkReported(read as UsageReported)).toBeUndefined();
      expect([target, personal, correction, backfill]).toEqual([null, {}, null, null]);
      expect([found.time, found.received_at]).toEqual([time, received_at]);
      const { tenantAt, tenantBytes, customerAt, customerBytes } = found;
      expect(frame.toString("utf8", tenantAt, tenantAt + tenantBytes)).toBe(tenant);
      expect(frame.toString("utf8", customerAt, customerAt + customerBytes)).toBe(customer);
    }),
    { numRuns: 5_000 },
  );
  expect(skimmed).toBeGreaterThan(1_000);
});

function readable(frame: Buffer): UsageReported | undefined {
  try {
    return decode(frame) as UsageReported;
  } catch {
    return undefined;
  }
}
