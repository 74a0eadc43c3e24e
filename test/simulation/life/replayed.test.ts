import { replayMoved } from "@tallybook/audit";
import type { InvoicesFact } from "@tallybook/invoice";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog } from "@tallybook/log";
import { decode, encode, topics } from "@tallybook/wire";
import { beforeAll, expect, test } from "vitest";

import { runWorld } from "../world.ts";
import { live } from "./live.ts";
import { monthByMonth, stepsOfMonth, vendor } from "./months.ts";

let lived: MemoryLog;

beforeAll(async () => {
  const { log, columns } = await runWorld({
    seed: 3,
    steps: 4 * stepsOfMonth,
    transactions: true,
    traffic: monthByMonth(vendor("a", 4)),
    isUntouched: true,
  });
  const of = { log, columns, tenants: ["a"], seed: 3, workers: 4, operations: 90, cuts: 4 };
  const { house } = await live({ ...of, crashChance: 0.01 });
  await house.close();
  lived = log;
}, 60_000);

/** The log with the first fact changed that can be; `name` of what was changed. */
async function doctored(
  change: (fact: InvoicesFact) => InvoicesFact | undefined,
): Promise<{ readonly log: MemoryLog; readonly offset: number }> {
  const log = createMemoryLog();
  const small = [topics.catalog, topics.cuts, topics.journal, topics.invoices];
  await log.prepareTopics(small.map((topic) => ({ topic, partitions: 1 })));
  const producer = await log.producer();
  let at = -1;
  for (const topic of small)
    for (const { offset, value } of lived.recordsOf(topic, 0)) {
      const isOpen = topic === topics.invoices && at === -1;
      const changed = isOpen ? change(decode(value) as InvoicesFact) : undefined;
      if (changed !== undefined) at = offset;
      const bytes = changed === undefined ? value : encode(changed);
      await producer.send([{ topic, partition: 0, key: null, value: bytes }]);
    }
  expect(at).toBeGreaterThan(-1);
  return { log, offset: at };
}

test("payments, notes, credit and voids come out again, each with what is posted of it", async () => {
  const all = await replayMoved({ log: lived });
  expect(all.filter(({ verdict }) => verdict.kind !== "equal")).toEqual([]);
  expect(new Set(all.map(({ moved }) => moved))).toEqual(
    new Set([
      "payment",
      "payment_reversal",
      "credit_note",
      "debit_note",
      "void",
      "credit_applied",
      "refund",
    ]),
  );
  const note = all.find(({ moved }) => moved === "credit_note");
  expect(await replayMoved({ log: lived, name: note?.number ?? "" })).toEqual([note]);
  expect(await replayMoved({ log: lived, name: note?.id ?? "", tenant: "b" })).toEqual([]);
  expect(note?.compared.map(({ step }) => step)).toEqual(
    expect.arrayContaining(["note", "line 1", "posting", "transaction"]),
  );
});

const plusOne = (amount: string) => String(BigInt(amount) + 1n);

test.each<[string, string, (fact: InvoicesFact) => InvoicesFact | undefined]>([
  [
    "a payment that leaves more credit than is left of it",
    "credit",
    (fact) =>
      fact.kind === "PaymentRecorded" ? { ...fact, credited: plusOne(fact.credited) } : undefined,
  ],
  [
    "a payment that takes more off an invoice than was open",
    "taken off",
    (fact) =>
      fact.kind === "PaymentRecorded" && fact.settles.length > 0
        ? {
            ...fact,
            settles: fact.settles.map((each) => ({ ...each, amount: plusOne(each.amount) })),
          }
        : undefined,
  ],
  [
    "a reversal that owes nothing again",
    "owed again",
    (fact) =>
      fact.kind === "PaymentReversed" && fact.reopens.length > 0
        ? { ...fact, reopens: [] }
        : undefined,
  ],
  [
    "a note with the number after the next",
    "note",
    (fact) =>
      fact.kind === "NoteIssued"
        ? { ...fact, note_number: fact.note_number.replace(/\d+$/, "99") }
        : undefined,
  ],
  [
    "a credit note that gives back more than it says",
    "note",
    (fact) =>
      fact.kind === "NoteIssued" && fact.direction === "credit"
        ? { ...fact, credited: plusOne(fact.credited) }
        : undefined,
  ],
  [
    "a void that takes back something else than was posted",
    "taken back",
    (fact) =>
      fact.kind === "InvoiceVoided"
        ? {
            ...fact,
            postings: fact.postings.map(({ account, amount }) => ({
              account: account.replace("income:", "income:other-"),
              amount,
            })),
          }
        : undefined,
  ],
])("%s is found", async (_what, step, change) => {
  const { log, offset } = await doctored(change);
  const found = (await replayMoved({ log })).find((each) => each.offset === offset);
  expect(found?.verdict).toMatchObject({ kind: "different", first: { step } });
});
