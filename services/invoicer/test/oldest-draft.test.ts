import { expect, test } from "vitest";

import { emptyArchive, evolveArchive, oldestDraft } from "../src/archive.ts";
import { drafted, finalized } from "./webhooks/post-office.ts";

const hour = 3_600_000_000;

test("the oldest draft is the first that is neither finalized nor in shadow", () => {
  const old = drafted("i1");
  const at = (hours: number) => old.drafted_at + hours * hour;
  const archive = emptyArchive();
  const take = (...facts: Parameters<typeof evolveArchive>[1][]) => {
    for (const fact of facts) evolveArchive(archive, fact);
  };
  const none = () => false;
  expect(oldestDraft(archive, none)).toBeUndefined();
  take({ ...drafted("i3"), drafted_at: at(9) }, old, { ...drafted("i2"), drafted_at: at(4) });
  expect(oldestDraft(archive, none)).toBe(at(0));
  expect(oldestDraft(archive, ({ invoice }) => invoice === "i1")).toBe(at(4));
  take(finalized("i1"));
  expect(oldestDraft(archive, none)).toBe(at(4));
  take(finalized("i2", "INV-000002"), finalized("i3", "INV-000003"));
  expect(oldestDraft(archive, none)).toBeUndefined();
});
