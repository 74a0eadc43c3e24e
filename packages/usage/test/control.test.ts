import fc from "fast-check";
import { usualMeter } from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { createDigest, createPartControl, measure, partDigest } from "../src/index.ts";
import type { Meter, UsageAccepted } from "../src/index.ts";

const meters: ReadonlyMap<string, readonly Meter[]> = new Map([
  [
    "tokens",
    [
      {
        ...usualMeter,
        tenant: "t",
        meter: "tokens",
        version: 1,
        event_type: "llm",
        aggregation: "sum",
        value_property: "n",
        dimensions: ["model"],
      },
    ],
  ],
]);

const events = fc.uniqueArray(
  fc.record({
    raw_offset: fc.nat(10_000),
    customer: fc.constantFrom("a", "b"),
    type: fc.constantFrom("llm", "other"),
    properties: fc.record({
      n: fc.constantFrom("1", "0.000000000001", "x"),
      model: fc.constantFrom("x", "y"),
    }),
  }),
  { selector: ({ raw_offset }) => raw_offset, maxLength: 30 },
);

function accepted(
  part: Pick<UsageAccepted, "raw_offset" | "customer" | "type" | "properties">,
): UsageAccepted {
  return {
    kind: "UsageAccepted",
    cut: 1,
    tenant: "t",
    source: "",
    id: String(part.raw_offset),
    subscription: null,
    time: 1_700_000_000_000_000,
    content_hash: Buffer.alloc(32),
    received_at: 0,
    door: null,
    api_key: null,
    target: null,
    personal: {},
    corrected: null,
    backfill: null,
    ...part,
  };
}

function digestOf(list: readonly Parameters<typeof accepted>[0][]): string {
  const control = createPartControl();
  for (const part of list) {
    const event = accepted(part);
    control.add(event, measure(event, meters));
  }
  return partDigest(1, 0, control.totals()).toString("hex");
}

describe("control totals and digests of a part", () => {
  test("do not depend on the order of the events", () => {
    fc.assert(
      fc.property(events, fc.nat(), (list, turn) => {
        const at = list.length === 0 ? 0 : turn % list.length;
        expect(digestOf([...list.slice(at), ...list.slice(0, at)].toReversed())).toBe(
          digestOf(list),
        );
      }),
    );
  });

  test("change when an event is missing, doubled, or another", () => {
    fc.assert(
      fc.property(
        events.filter((list) => list.length > 0),
        fc.nat(),
        (list, choice) => {
          const at = choice % list.length;
          const [event] = list.slice(at, at + 1);
          if (event === undefined) return;
          const others = list.filter((_, index) => index !== at);
          const digest = digestOf(list);
          expect(digestOf(others)).not.toBe(digest);
          expect(digestOf([...list, event])).not.toBe(digest);
          expect(digestOf([...others, { ...event, customer: `${event.customer}!` }])).not.toBe(
            digest,
          );
        },
      ),
    );
  });

  test("every accepted event is measured, without a meter, or unmeasurable: never two of them", () => {
    fc.assert(
      fc.property(events, (list) => {
        const control = createPartControl();
        for (const part of list) control.add(accepted(part), measure(accepted(part), meters));
        for (const row of control.totals()) {
          expect(row.measured + row.without_meter + row.unmeasurable).toBe(row.accepted);
        }
      }),
    );
  });

  test("are frozen: what is on cuts is compared with them for ever", () => {
    const control = createPartControl();
    const counted = { ...meters.get("tokens")?.[0], meter: "calls", version: 2 };
    const both = new Map([
      ...meters,
      [
        "calls",
        [{ ...counted, aggregation: "count", value_property: null, dimensions: [] } as Meter],
      ],
    ] as const);
    for (const [raw_offset, customer, n, model] of [
      [1, "a", "1.5", "x"],
      [2, "bétà", "2", "\u{1f600}"],
      [3, "a", "0.000000000001", "x"],
    ] as const) {
      const event = accepted({ raw_offset, customer, type: "llm", properties: { n, model } });
      control.add(event, measure(event, both));
    }
    expect(partDigest(1, 0, control.totals()).toString("hex")).toBe(
      "1c2e300a3f719dfd6c06d9e711a6beae22d9246d3037feb97682fc75f4846305",
    );
  });

  test("a row twice shows in a digest", () => {
    const [once, twice] = [createDigest(), createDigest()];
    once.add("row");
    twice.add("row");
    twice.add("row");
    expect(twice.value().equals(once.value())).toBe(false);
  });
});
