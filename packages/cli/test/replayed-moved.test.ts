import type { ReplayedMovement } from "@tallybook/audit";
import { expect, test } from "vitest";

import { replayedMovedList, replayedMovedText } from "../src/replayed-moved.ts";

const amount = { step: "note", what: "amount", billed: "1190", recomputed: "1190", equal: true };
const credit = { step: "credit", what: "left", billed: "5", recomputed: "4", equal: false };

const note: ReplayedMovement = {
  tenant: "default",
  customer: "acme",
  currency: "USD",
  moved: "credit_note",
  id: "n1",
  number: "CN-000001",
  offset: 12,
  transaction: { id: "ab", seq: 7, journal_offset: 30 },
  postings: [],
  compared: [amount],
  verdict: { kind: "equal" },
};
const payment: ReplayedMovement = {
  ...note,
  moved: "payment",
  id: "bank-1",
  number: null,
  transaction: null,
  compared: [credit],
  verdict: { kind: "different", first: credit },
};

test("money that moved stands beside what comes out", () => {
  expect(replayedMovedText([note, payment]).join("\n")).toBe(
    `
credit note CN-000001 of acme, USD, at offset 12 of invoices: journal transaction 7 at offset 30

   step  what    billed  again
   ────  ──────  ──────  ─────  ─────
   note  amount    1190   1190  equal

Every number comes out again.
payment bank-1 of acme, USD, at offset 12 of invoices: nothing is posted of it (yet)

   step    what  billed  again
   ──────  ────  ──────  ─────  ─────────
   credit  left       5      4  DIFFERENT

The first difference is at credit: left was billed as 5, and is 4.`.trim(),
  );
});

test("of all of it there is a line each, and a sum", () => {
  expect(replayedMovedList([note, payment]).join("\n")).toBe(
    `
tenant   what                   customer  transaction
───────  ─────────────────────  ────────  ───────────  ───────────────────────
default  credit note CN-000001  acme                7  exact
default  payment bank-1         acme                -  DIFFERENT: credit, left
1 of 2 do not come out exactly: replay one by its name for all of it.`.trim(),
  );
  expect(replayedMovedList([note]).at(-1)).toBe("All 1 come out exactly.");
  expect(replayedMovedList([])).toHaveLength(1);
});
