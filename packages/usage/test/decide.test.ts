import { describe, expect, test } from "vitest";

import { decide, identityKey, partitionOf } from "../src/index.ts";
import type { Claim, Place, RawRecord, UsageReported, Window } from "../src/index.ts";

const second = 1_000_000;
const barrier = 1_700_000_000 * second;
const window: Window = {
  raw_offset: 0,
  cut: 1,
  time: barrier,
  catalog_offset: 3,
  lower_bound: barrier - 60 * second,
  ahead_seconds: 10,
  simulated: true,
};

function eventOf(part: Partial<UsageReported> = {}): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "acme-ai",
    source: "",
    id: "a",
    type: "llm.completion",
    customer: "cust-00",
    subscription: null,
    time: barrier,
    properties: { input_token_count: "7" },
    received_at: barrier,
    door: "native",
    api_key: "k1",
    target: null,
    personal: {},
    ...part,
  };
}

function recordOf(offset: number, event: UsageReported): RawRecord {
  const key = identityKey(event.tenant, event.source, event.id);
  return { offset, appended_at: barrier, key, fact: event, detail: "", bytes: Buffer.alloc(0) };
}

/** Decides records in order as a partition would, and says each outcome in a line. */
function decided(
  records: readonly RawRecord[],
  place: Place = { partition: 0, partitions: 1, window },
): string {
  const claims = new Map<string, Claim>();
  const lines = records.map((record) => {
    const decision = decide(record, place, (identity) =>
      claims.get(Buffer.from(identity).toString("hex")),
    );
    switch (decision.kind) {
      case "accepted":
        claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
        return `${record.offset} accepted  ${decision.fact.id}`;
      case "duplicate":
        return `${record.offset} duplicate ${decision.fact.id} of ${decision.fact.original_offset}`;
      case "rejected": {
        const { verdict, reason, field, original_offset } = decision.fact;
        return `${record.offset} ${verdict.padEnd(9)} ${reason}${field === null ? "" : ` (${field})`}${original_offset === null ? "" : ` of ${original_offset}`}`;
      }
    }
  });
  return `\n${lines.join("\n")}\n`;
}

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
6 refused   correction_not_supported (target)
`);
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
      expect(again).toEqual(first);
    }
  });
});
