import { generateKeyPairSync } from "node:crypto";

import { emptyLedger, evolveLedger, isHeadSigned, journalText } from "@tallybook/journal";
import type { JournalFact, TransactionPosted } from "@tallybook/journal";
import { billNow } from "@tallybook/testkit/facts";
import { encode, topics } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { invoice, keys, openOffice, payment, reversal, row } from "./office.ts";
import type { Office } from "./office.ts";

describe("the rater", () => {
  test("posts a month at the first cut after it, and signs it", async () => {
    const office = await openOffice();
    office.use(row(0, "c1", "2023-11-16", "2000000"));
    await office.cut(0, "2023-12-01T01:00");
    await office.work();
    expect(`\n${journalText(office.transactions())}\n`).toBe(`
2023-12-01  fee default/s1/2023-11-01T00:00:00Z/monthly  assets:receivable:c1     20 USD
                                                         income:fees:dev         -20 USD
2023-12-01  fee default/s2/2023-11-01T00:00:00Z/monthly  assets:receivable:c2     20 USD
                                                         income:fees:dev         -20 USD
2023-12-01  usage default/s1/2023-11-01T00:00:00Z/input  assets:receivable:c1      1 USD
                                                         income:usage:dev:input   -1 USD
2023-12-01  usage default/s2/2023-11-01T00:00:00Z/input  assets:receivable:c2      0 USD
                                                         income:usage:dev:input    0 USD
`);
    const head = office.journal().at(-1);
    if (head?.kind !== "HeadSigned") throw new Error("the step has no head");
    expect(isHeadSigned(head, keys.publicKey)).toBe(true);
    expect(Buffer.from(head.cut_root).toString()).toBe("root 0");
  });

  test("bills what is used so far when it is asked to, and the rest at the end", async () => {
    const office = await openOffice();
    office.use(row(0, "c1", "2023-11-16", "1500000"), row(1, "c1", "2023-11-18", "500000"));
    office.tell(topics.catalog, billNow("s1"));
    await office.cut(0, "2023-11-20");
    await office.cut(1, "2023-12-02");
    await office.work();
    expect(office.transactions().map(shown)).toEqual([
      "step 0: usage of s1, 0.75 in advance",
      "step 1: fee of s1, 20",
      "step 1: fee of s2, 20",
      "step 1: usage of s1, 0.25",
      "step 1: usage of s2, 0",
    ]);
  });

  test("takes finalized invoices in a step of their own, and again never", async () => {
    const office = await openOffice();
    await office.cut(0, "2023-11-02");
    await office.work();
    office.tell(topics.invoices, invoice("ab", "0.004"));
    await office.work();
    await office.cut(1, "2023-11-03");
    await office.work();
    expect(
      office
        .transactions()
        .map(({ transaction_kind: kind, step, cause }) => `${step} ${kind} ${cause}`),
    ).toEqual(["1 rounding default/ab"]);
    expect(office.journal().filter(({ kind }) => kind === "HeadSigned")).toHaveLength(3);
  });

  test("posts a payment and its reversal in steps of their own, and again never", async () => {
    const office = await openOffice();
    await office.cut(0, "2023-11-02");
    await office.work();
    office.tell(topics.invoices, payment("p1"));
    await office.work();
    office.tell(topics.invoices, reversal("p1"));
    await office.work();
    await office.cut(1, "2023-11-03");
    await office.work();
    const posted = office.transactions();
    expect(journalText(posted)).toBe(
      [
        "2023-11-02  payment default/payments/p1           assets:bank              20 USD",
        "                                                  assets:receivable:c1    -15 USD",
        "                                                  liabilities:credits:c1   -5 USD",
        "2023-11-02  payment_reversal default/payments/p1  assets:bank             -20 USD",
        "                                                  assets:receivable:c1     15 USD",
        "                                                  liabilities:credits:c1    5 USD",
      ].join("\n"),
    );
    expect(posted.map(({ step, adjusts }) => [step, adjusts])).toEqual([
      [1, null],
      [2, posted[0]?.id],
    ]);
  });

  test("rates nothing while ClickHouse is behind, changed or silent, and says so", async () => {
    const office = await openOffice();
    office.use(row(0, "c1", "2023-11-16", "2000000"));
    await office.cut(0, "2023-12-02");
    office.proof = ["cut 0, partition 0: 1 row less"];
    await office.work();
    expect(office.journal()).toEqual([]);
    expect(office.raised).toEqual(["cut 0, partition 0: 1 row less"]);
    office.proof = "silent";
    await office.work();
    expect(office.raised).toEqual(["no answer"]);
    office.proof = [];
    await office.work();
    expect(office.raised).toEqual([]);
    expect(office.transactions()).toHaveLength(4);
  });

  test("rates nothing from columns that change while they are read", async () => {
    const office = await openOffice();
    office.use(row(0, "c1", "2023-11-16", "2000000"));
    await office.cut(0, "2023-12-02");
    office.onRead = () => (office.proof = ["changed"]);
    await office.work();
    expect(office.journal()).toEqual([]);
  });

  test("refuses to sign with a key that is not the deployment's", async () => {
    const office = await openOffice(generateKeyPairSync("ed25519").privateKey);
    await office.cut(0, "2023-12-02");
    await expect(office.work()).rejects.toThrow("not the key of this deployment");
  });

  test("ends at the same journal to the byte wherever Kafka's answer is lost", async () => {
    const undisturbed = await month(undefined);
    const signatures = (facts: readonly JournalFact[]) =>
      facts.map((fact) => encode(fact).toString("hex"));
    for (let lost = 0; lost < 32; lost += 1) {
      expect(signatures(await month({ at: lost >> 1, isWritten: lost % 2 === 0 }))).toEqual(
        signatures(undisturbed),
      );
    }
  });

  test("comes to the same journal to the byte when all cuts wait for it at once, and proves them together", async () => {
    const alone = await months({ isWaiting: false });
    const together = await months({ isWaiting: true });
    const bytes = ({ journal }: Office) => journal().map((fact) => encode(fact).toString("hex"));
    expect(bytes(together)).toEqual(bytes(alone));
    expect(together.transactions().map(({ step }) => step)).toContain(5);
    expect(together.proofs).toBe(2);
    expect(alone.proofs).toBeGreaterThan(cutsOfMonths.length);
    for (let lost = 0; lost < 24; lost += 1) {
      const disturbed = { at: lost >> 1, isWritten: lost % 2 === 0 };
      expect(bytes(await months({ isWaiting: true, lost: disturbed }))).toEqual(bytes(alone));
    }
  });

  test("rates the cuts before one that differs", async () => {
    const office = await openOffice();
    for (const [cut, time] of cutsOfMonths.entries()) await office.cut(cut, time);
    office.wrongCuts.add(4);
    await office.work();
    expect(headsOf(office)).toEqual([0, 1, 2, 3]);
    expect(office.raised).toEqual(["cut 4"]);
  });

  test("forgets the steps that it has computed when the columns change under them", async () => {
    const alone = await months({ isWaiting: false });
    for (const changedAt of [1, 2, 3, 4]) {
      let reads = 0;
      const disturbed = await months({
        isWaiting: true,
        prepare(office) {
          office.onRead = () => {
            reads += 1;
            if (reads === changedAt) office.proof = ["changed"];
          };
          office.onRaise = () => {
            expect(office.journal()).toEqual([]);
            office.proof = [];
          };
        },
      });
      expect(disturbed.journal()).toEqual(alone.journal());
      expect(reads).toBeGreaterThan(changedAt);
    }
  });
});

const cutsOfMonths = [
  "2023-11-20",
  "2023-12-02",
  "2023-12-03",
  "2023-12-04",
  "2024-01-02",
  "2024-01-03",
];

/** Two months with late usage at two cuts, and one billed before its end; each cut rated when it closes, or all at the end. */
async function months({
  isWaiting,
  lost,
  prepare = () => {},
}: {
  readonly isWaiting: boolean;
  readonly lost?: { at: number; isWritten: boolean };
  readonly prepare?: (office: Office) => void;
}): Promise<Office> {
  const office = await openOffice(keys.privateKey, lost, 100);
  prepare(office);
  office.use(
    row(0, "c1", "2023-11-16", "1500000"),
    row(1, "c2", "2023-11-18", "500000"),
    row(3, "c1", "2023-11-20", "1000000"),
    row(4, "c2", "2023-12-20", "7000000"),
    row(5, "c2", "2023-11-21", "3000000"),
  );
  office.tell(topics.catalog, billNow("s1"));
  for (const [cut, time] of cutsOfMonths.entries()) {
    await office.cut(cut, time);
    if (!isWaiting) await office.work();
  }
  await office.work();
  return office;
}

function headsOf(office: Office): number[] {
  return office
    .journal()
    .filter((fact) => fact.kind === "HeadSigned")
    .map(({ cut }) => cut);
}

function shown({ step, transaction_kind: kind, postings, evidence }: TransactionPosted): string {
  const { subscription, in_advance } = evidence;
  return `step ${step}: ${kind} of ${subscription}, ${postings[0]?.amount}${in_advance ? " in advance" : ""}`;
}

/** A month that was billed before its end, late usage and two roundings; the answer of one commit is lost, before or after it was written. */
async function month(lost: { at: number; isWritten: boolean } | undefined): Promise<JournalFact[]> {
  const office = await openOffice(keys.privateKey, lost);
  office.use(
    row(0, "c1", "2023-11-16", "1500000"),
    row(0, "c2", "2023-11-17", "1000000"),
    row(1, "c1", "2023-11-18", "500000"),
    row(2, "c2", "2023-11-20", "5"),
    row(3, "c1", "2023-12-20", "7"),
  );
  office.tell(topics.catalog, billNow("s1"));
  office.tell(topics.catalog, billNow("s2"));
  await office.cut(0, "2023-11-20");
  await office.work();
  await office.cut(1, "2023-12-02");
  await office.work();
  office.tell(topics.invoices, invoice("ab", "0.004"));
  await office.work();
  office.tell(topics.invoices, invoice("cd", "-0.003"));
  await office.cut(2, "2023-12-03");
  await office.cut(3, "2024-01-02");
  await office.work();
  const journal = office.journal();
  journal.reduce(evolveLedger, emptyLedger());
  return journal;
}
