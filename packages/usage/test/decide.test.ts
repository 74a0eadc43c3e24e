import { describe, expect, test } from "vitest";

import { decide, identityKey, partitionOf } from "../src/index.ts";
import type {
  Claim,
  Corrected,
  Place,
  RawRecord,
  UsageRefused,
  UsageReported,
  Window,
} from "../src/index.ts";

const second = 1_000_000;
const barrier = 1_700_000_000 * second;
const window: Window = {
  raw_offset: 0,
  cut: 1,
  time: barrier,
  catalog_offset: 3,
  lower_bound: barrier - 60 * second,
  ahead_seconds: 10,
  interval_seconds: 5,
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
    correction: null,
    ...part,
  };
}

function recordOf(offset: number, event: UsageReported): RawRecord {
  const key = identityKey(event.tenant, event.source, event.target ?? event.id);
  return { offset, appended_at: barrier, key, fact: event, detail: "", bytes: bytesOf(event) };
}

/** Stands for the record's Avro: what counts here is which texts are in it. */
function bytesOf(event: UsageReported): Buffer {
  return Buffer.from(JSON.stringify(event));
}

/** Decides records in order as a partition would, and says each outcome in a line. */
function decided(
  records: readonly RawRecord[],
  place: Place = { partition: 0, partitions: 1, window },
): string {
  const claims = new Map<string, Claim>();
  const lines = records.map((record) => {
    const decision = decide(
      record,
      place,
      (identity) => claims.get(Buffer.from(identity).toString("hex")),
      (offset) => {
        const found = records.find((each) => each.offset === offset);
        return found?.fact?.kind === "UsageReported"
          ? { offset, appended_at: found.appended_at, event: found.fact }
          : undefined;
      },
    );
    switch (decision.kind) {
      case "accepted": {
        claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
        const { inForce, fact } = decision;
        if (inForce !== null) claims.set(Buffer.from(inForce.key).toString("hex"), inForce.claim);
        return `${record.offset} accepted  ${fact.id}${correctedText(fact.corrected)}`;
      }
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

function correctedText(corrected: Corrected | null): string {
  if (corrected === null) return "";
  const { retracts, target_offset, replaced } = corrected;
  return `, ${retracts ? "takes back" : "replaces"} ${replaced.raw_offset} of ${target_offset}`;
}

/** A correction of the event `a`; a retraction says nothing of its own. */
function correctionOf(id: string, part: Partial<UsageReported> = {}): UsageReported {
  const correction = { retracts: false, reason: "counted twice" };
  return eventOf({ id, target: "a", correction, ...part });
}

function retractionOf(id: string, part: Partial<UsageReported> = {}): UsageReported {
  const nothing = { type: "", customer: "", time: null, properties: {} };
  return correctionOf(id, {
    ...nothing,
    correction: { retracts: true, reason: "a test" },
    ...part,
  });
}

describe("what becomes of a correction", () => {
  test("it refers to its target, and to what counted until then; behind a retraction nothing is left to correct", () => {
    expect(
      decided([
        recordOf(1, correctionOf("c0")),
        recordOf(2, eventOf()),
        recordOf(3, correctionOf("c1", { properties: { input_token_count: "8" } })),
        recordOf(4, correctionOf("c2", { properties: { input_token_count: "9" } })),
        recordOf(5, correctionOf("c1", { properties: { input_token_count: "8" } })),
        recordOf(6, correctionOf("c1", { properties: { input_token_count: "10" } })),
        recordOf(7, retractionOf("c3")),
        recordOf(8, correctionOf("c4")),
        recordOf(9, retractionOf("c3")),
        recordOf(10, eventOf()),
        recordOf(11, retractionOf("c3", { tenant: "other" })),
        recordOf(12, retractionOf("c5", { source: "eu" })),
      ]),
    ).toBe(`
1 refused   target_unknown (target)
2 accepted  a
3 accepted  c1, replaces 2 of 2
4 accepted  c2, replaces 3 of 2
5 duplicate c1 of 3
6 conflict  conflict (id) of 3
7 accepted  c3, takes back 4 of 2
8 refused   target_retracted (target)
9 duplicate c3 of 7
10 duplicate a of 2
11 refused   target_unknown (target)
12 refused   target_unknown (target)
`);
  });

  test("an id is an event's or a correction's: neither is in the other's way", () => {
    const records = [
      recordOf(1, eventOf()),
      recordOf(2, correctionOf("a")),
      recordOf(3, eventOf({ id: "c" })),
      recordOf(4, correctionOf("c")),
      recordOf(5, correctionOf("c", { target: "c" })),
    ];
    expect(decided(records)).toBe(`
1 accepted  a
2 accepted  a, replaces 1 of 1
3 accepted  c
4 accepted  c, replaces 2 of 1
5 accepted  c, replaces 3 of 3
`);
  });

  test("what it does not say stays as its target said it, whatever was corrected in between", () => {
    const first = eventOf({ subscription: "s1", time: barrier - second });
    const records = [
      recordOf(1, first),
      recordOf(2, correctionOf("c1", { customer: "cust-01", time: barrier - 2 * second })),
      recordOf(3, correctionOf("c2", { customer: "", type: "", time: null, properties: {} })),
    ];
    const claims = new Map<string, Claim>();
    const facts = records.map((record) => {
      const decision = decide(
        record,
        { partition: 0, partitions: 1, window },
        (identity) => claims.get(Buffer.from(identity).toString("hex")),
        (offset) => ({ offset, appended_at: 0, event: records[offset - 1]?.fact as UsageReported }),
      );
      if (decision.kind !== "accepted") throw new Error("not accepted");
      claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
      const { inForce, fact } = decision;
      if (inForce !== null) claims.set(Buffer.from(inForce.key).toString("hex"), inForce.claim);
      return fact;
    });
    const [, moved, last] = facts;
    const said = { type: "llm.completion", subscription: "s1" };
    expect(moved).toMatchObject({ ...said, customer: "cust-01", time: barrier - 2 * second });
    expect(last).toMatchObject({ ...said, customer: "cust-00", time: barrier - second });
    expect(last?.corrected?.replaced).toMatchObject({
      ...said,
      raw_offset: 2,
      customer: "cust-01",
      time: barrier - 2 * second,
    });
  });

  test("what is wrong with it is refused by name", () => {
    const of = { retracts: true, reason: "x".repeat(1_001) };
    expect(
      decided([
        recordOf(1, eventOf({ time: barrier - 50 * second })),
        recordOf(2, correctionOf("c1", { correction: null })),
        recordOf(3, correctionOf("c1", { correction: { retracts: false, reason: "" } })),
        recordOf(4, retractionOf("c1", { correction: of })),
        recordOf(5, retractionOf("c1", { properties: { n: "1" } })),
        recordOf(6, eventOf({ id: "b", correction: { retracts: true, reason: "why" } })),
        recordOf(7, eventOf({ id: "b", type: "" })),
        recordOf(8, correctionOf("c1", { time: barrier - 70 * second })),
        { ...recordOf(9, correctionOf("c1")), key: identityKey("acme-ai", "", "c1") },
        recordOf(10, correctionOf("c1", { target: "" })),
      ]),
    ).toBe(`
1 accepted  a
2 refused   missing (reason)
3 refused   missing (reason)
4 refused   too_long (reason)
5 refused   not_allowed (properties)
6 refused   missing (target)
7 refused   empty (type)
8 refused   too_old (time)
9 refused   wrong_key (key)
10 refused   empty (target)
`);
  });

  test("a target is known for longer than it can be corrected", () => {
    const later = { ...window, lower_bound: barrier - 2 * second, cut: 9 };
    const old = eventOf({ time: barrier - 3 * second });
    const records = [recordOf(1, old), recordOf(2, retractionOf("c1"))];
    const first = decided([records[0] as RawRecord]);
    expect(first).toBe("\n1 accepted  a\n");
    expect(decided(records, { partition: 0, partitions: 1, window: later })).toContain("too_old");
    const claim: Claim = {
      raw_offset: 1,
      content_hash: Buffer.alloc(32),
      held_until: barrier,
      before: null,
    };
    const decision = decide(
      records[1] as RawRecord,
      { partition: 0, partitions: 1, window: later },
      (identity) => (identity.length === records[0]?.key?.length ? claim : undefined),
      () => ({ offset: 1, appended_at: 0, event: old }),
    );
    expect(decision.fact).toMatchObject({ kind: "UsageRejected", reason: "target_too_old" });
  });
});

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
