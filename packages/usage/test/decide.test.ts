import { describe, expect, test } from "vitest";

import { decide, identityKey, partitionOf } from "../src/index.ts";
import type { RawRecord, UsageRefused } from "../src/index.ts";
import { barrier, bytesOf, decided, eventOf, recordOf, second, window } from "./decided.ts";

describe("what becomes of a record", () => {
  test("the first with an id counts; the same again is a duplicate; other content under it a conflict", () => {
    expect(
      decided([
        recordOf(1, eventOf()),
        recordOf(2, eventOf()),
        recordOf(3, eventOf({ received_at: barrier + second, door: "other", api_key: "k2" })),
        recordOf(4, eventOf({ properties: { input_token_count: "8" } })),
        recordOf(5, eventOf({ time: barrier - second })),
        recordOf(6, eventOf({ source: "eu" })),
        recordOf(7, eventOf({ tenant: "other" })),
      ]),
    ).toBe(`
1 accepted  a
2 duplicate a of 1
3 duplicate a of 1
4 conflict  conflict (id) of 1
5 conflict  conflict (id) of 1
6 accepted  a
7 accepted  a
`);
  });

  test("a time that nobody gave is no content: a retry at another moment is still a retry", () => {
    expect(
      decided([
        recordOf(1, eventOf({ time: null })),
        recordOf(2, eventOf({ time: null, received_at: barrier + 5 * second })),
      ]),
    ).toBe(`
1 accepted  a
2 duplicate a of 1
`);
  });

  test("event times are taken from the lower bound to `ahead` after the later of barrier and receipt, both included", () => {
    const lower = barrier - 60 * second;
    const upper = barrier + 10 * second;
    expect(
      decided([
        recordOf(1, eventOf({ id: "b", time: lower - 1 })),
        recordOf(2, eventOf({ id: "c", time: lower })),
        recordOf(3, eventOf({ id: "d", time: upper })),
        recordOf(4, eventOf({ id: "e", time: upper + 1 })),
        recordOf(5, eventOf({ id: "f", time: upper + second, received_at: barrier + second })),
      ]),
    ).toBe(`
1 refused   too_old (time)
2 accepted  c
3 accepted  d
4 refused   too_far_ahead (time)
5 accepted  f
`);
  });

  test("a refused event claims nothing: sent again within the window, it counts", () => {
    expect(decided([recordOf(1, eventOf({ time: 0 })), recordOf(2, eventOf())])).toBe(`
1 refused   too_old (time)
2 accepted  a
`);
  });

  test("what a foreign producer gets wrong is refused by name", () => {
    const right = partitionOf(identityKey("acme-ai", "", "a"), 4);
    const elsewhere = { partition: (right + 1) % 4, partitions: 4, window };
    expect(decided([recordOf(1, eventOf())], elsewhere)).toBe(
      "\n1 refused   wrong_partition (partition)\n",
    );
    expect(
      decided([
        { ...recordOf(1, eventOf()), key: Buffer.from("a") },
        { ...recordOf(2, eventOf()), key: null },
        {
          ...recordOf(3, eventOf()),
          fact: null,
          detail: "unknown schema id 9",
          bytes: Buffer.from([0, 0, 0, 0, 9]),
        },
        recordOf(4, eventOf({ id: "" })),
        recordOf(5, eventOf({ customer: "a\u001fb" })),
        recordOf(6, eventOf({ target: "b" })),
      ]),
    ).toBe(`
1 refused   wrong_key (key)
2 refused   wrong_key (key)
3 refused   undecodable
4 refused   empty (id)
5 refused   control_character (customer)
6 refused   missing (reason)
`);
  });

  test("a foreign producer's times beyond all slots, odd doors and personal attributes are refused by name", () => {
    const far = Date.UTC(2106, 1, 8) * 1_000;
    expect(
      decided([
        recordOf(1, eventOf({ received_at: far, time: null })),
        recordOf(2, eventOf({ received_at: far, time: far })),
        recordOf(3, eventOf({ received_at: -5 })),
        recordOf(4, eventOf({ door: "a\u0000b" })),
        recordOf(5, eventOf({ api_key: "k".repeat(256) })),
        recordOf(6, eventOf({ subscription: "" })),
        recordOf(7, eventOf({ personal: { mail: Buffer.from("x") } })),
        recordOf(8, eventOf({ properties: numbered(60, "x".repeat(9_000)) })),
      ]),
    ).toBe(`
1 refused   out_of_range (received_at)
2 refused   out_of_range (time)
3 refused   out_of_range (received_at)
4 refused   control_character (door)
5 refused   too_long (api_key)
6 refused   empty (subscription)
7 refused   personal_not_supported (personal)
8 refused   too_long (properties)
`);
  });

  test("what reading Avro would lose is refused, not changed: bytes that are no UTF-8, a property named __proto__", () => {
    const replaced = eventOf({ customer: "caf\ufffd" });
    const broken = Buffer.concat([
      Buffer.from(JSON.stringify(eventOf({ customer: "caf" }))),
      Buffer.from([0xe9]),
    ]);
    const prototype = Buffer.from(JSON.stringify({ ...eventOf(), properties: ["__proto__", "7"] }));
    expect(
      decided([
        { ...recordOf(1, replaced), bytes: broken },
        { ...recordOf(2, eventOf()), bytes: prototype },
        recordOf(3, eventOf({ id: "b", customer: "caf\ufffd", type: "__proto__" })),
      ]),
    ).toBe(`
1 refused   undecodable
2 refused   undecodable
3 accepted  b
`);
  });

  test("a number whose bytes look like lost text is no lost text", () => {
    const bytes = Buffer.concat([bytesOf(eventOf()), Buffer.from([0xef, 0xbf, 0xbd, 0x05])]);
    expect(decided([{ ...recordOf(1, eventOf()), bytes }])).toBe("\n1 accepted  a\n");
  });

  test("a record as large as Kafka takes fits into its rejection", () => {
    const huge = "é".repeat(2_000_000);
    const records: RawRecord[] = [
      recordOf(1, eventOf({ id: huge, tenant: huge, customer: huge })),
      { ...recordOf(2, eventOf()), fact: null, detail: huge, bytes: Buffer.alloc(8_000_000) },
      { ...recordOf(3, eventOf()), fact: refusedAs(huge) },
    ];
    for (const record of records) {
      const { fact } = decide(record, { partition: 0, partitions: 1, window }, () => undefined);
      if (fact.kind !== "UsageRejected") throw new Error(`is ${fact.kind}`);
      const { bytes, ...texts } = fact;
      expect(bytes?.length).toBeLessThanOrEqual(64 * 1024);
      expect(JSON.stringify(texts).length).toBeLessThan(4_000);
    }
  });

  test("before the first barrier nothing counts", () => {
    expect(
      decided([recordOf(1, eventOf())], { partition: 0, partitions: 1, window: undefined }),
    ).toBe("\n1 refused   before_deployment\n");
  });

  test("an event without time or receipt counts at its barrier's time where time is simulated, else when Kafka took it", () => {
    const record = {
      ...recordOf(1, eventOf({ time: null, received_at: null })),
      appended_at: barrier + 3 * second,
    };
    const times = [true, false].map((simulated) => {
      const decision = decide(
        record,
        { partition: 0, partitions: 1, window: { ...window, simulated } },
        () => undefined,
      );
      return decision.kind === "accepted" ? decision.fact.time - barrier : decision;
    });
    expect(times).toEqual([0, 3 * second]);
  });

  test("a record that meets its own claim gets its first decision again, and one from beyond does not exist yet", () => {
    const record = recordOf(5, eventOf());
    const first = decide(record, { partition: 0, partitions: 1, window }, () => undefined);
    if (first.kind !== "accepted") throw new Error("not accepted");
    for (const raw_offset of [5, 6]) {
      const again = decide(record, { partition: 0, partitions: 1, window }, () => ({
        ...first.claim,
        raw_offset,
      }));
      expect(again.fact).toEqual(first.fact);
    }
  });
});

function numbered(count: number, text: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, text]));
}

/** What only a foreign producer would write: an envelope without bounds. */
function refusedAs(text: string): UsageRefused {
  return {
    kind: "UsageRefused",
    tenant: text,
    reason: text,
    field: text,
    detail: text,
    bytes: Buffer.from(text),
    received_at: barrier,
    door: text,
    api_key: null,
  };
}
