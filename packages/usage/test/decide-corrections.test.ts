import { describe, expect, test } from "vitest";

import { decide, identityKey } from "../src/index.ts";
import type { Claim, RawRecord, UsageReported } from "../src/index.ts";
import { barrier, decided, eventOf, recordOf, second, window } from "./decided.ts";

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
