import type { ConflictDismissed } from "@tallybook/catalog";
import type { CorrectionFound } from "@tallybook/columns";
import type { UsageRejected, UsageReported } from "@tallybook/usage";
import { describe, expect, test } from "vitest";

import { conflictView, judge } from "../src/conflicts/view.ts";

const reported: UsageReported = {
  kind: "UsageReported",
  tenant: "default",
  source: "gw",
  id: "e1",
  type: "llm",
  customer: "acme",
  subscription: null,
  time: 1_700_000_000_000_000,
  properties: { n: "5" },
  received_at: null,
  door: "native",
  api_key: null,
  target: null,
  personal: {},
  correction: null,
  backfill: null,
};
const rejected = {
  raw_offset: 117,
  original_offset: 100,
  cut: 3,
  source: "gw",
  id: "e1",
  customer: "acme",
  target: null,
} as UsageRejected;
const conflict = { id: "2-117", partition: 2, rejected };
const dismissal = {
  conflict: "2-117",
  reason: "a replay",
  actor: "key-1",
  recorded_at: 0,
} as ConflictDismissed;

function correction(of: Partial<CorrectionFound>): CorrectionFound {
  const usual = { partition: 2, raw_offset: 120, id: "fix", retracts: false, reason: "wrong" };
  return { target: { source: "gw", id: "e1" }, ...usual, ...of };
}

describe("a conflict", () => {
  test("is open until it is dismissed, or a correction of its event comes behind it", () => {
    expect(judge(conflict, undefined, [])).toMatchObject({ state: "open" });
    expect(judge(conflict, dismissal, [])).toMatchObject({ state: "dismissed" });
    expect(judge(conflict, undefined, [correction({})])).toMatchObject({ state: "corrected" });
    const before = [correction({ raw_offset: 110 }), correction({ partition: 1 })];
    expect(judge(conflict, undefined, before)).toMatchObject({ state: "open", corrections: [] });
  });

  test("that one accepts and another dismisses at once goes by the money: it is corrected, with both reasons", () => {
    const accepted = correction({ id: "conflict-2-117" });
    const judged = judge(conflict, dismissal, [accepted]);
    expect(judged).toMatchObject({ state: "corrected", dismissal, corrections: [accepted] });
    // Another correction is about something else.
    expect(judge(conflict, dismissal, [correction({})])).toMatchObject({ state: "dismissed" });
  });

  test("has the correction ready that takes what was rejected, under an id of its own", () => {
    const other = { ...reported, properties: { n: "7" } };
    const view = conflictView(judge(conflict, undefined, []), reported, other, null);
    expect(view.accepted.event?.properties).toEqual({ n: "5" });
    expect(view.rejected.event?.properties).toEqual({ n: "7" });
    expect(view.correction).toEqual({
      id: "conflict-2-117",
      source: "gw",
      corrects: "e1",
      type: "llm",
      customer: "acme",
      time: "2023-11-14T22:13:20Z",
      properties: { n: "7" },
    });
  });

  test("of an event that was taken back has nothing to accept", () => {
    const judged = judge(conflict, undefined, [correction({ raw_offset: 110, retracts: true })]);
    expect(judged.state).toBe("open");
    expect(conflictView(judged, reported, reported, null).correction).toBeNull();
  });

  test("shows a customer its own content, and not who has settled it, nor what another customer's event says", () => {
    const other = { ...reported, customer: "rival" };
    const view = conflictView(judge(conflict, dismissal, []), other, reported, new Set(["acme"]));
    expect(view.accepted).toEqual({ partition: 2, offset: 100, event: null });
    expect(view.rejected.event).toMatchObject({ customer: "acme" });
    expect(view).toMatchObject({
      correction: null,
      dismissal: { reason: "a replay", dismissed_by: null },
    });
  });
});
