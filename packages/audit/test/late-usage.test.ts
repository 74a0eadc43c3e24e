import { askWhy, reconcile, replay } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { decimal, negate, toText } from "@tallybook/money";
import { at, latePolicy, subscription, tiered } from "@tallybook/testkit/facts";
import { decode, topics } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { keepBooks, usualTerms } from "./bookkeeper.ts";
import type { Office, Tamper } from "./bookkeeper.ts";

const below = (amount: string) => ({ write_off_below: [{ currency: "USD", amount }] });

/** One subscription for all months, whose November is billed before the event `f` of it comes. */
function kept(policy: CatalogFact, price = usualTerms.price, tamper?: Tamper): Promise<Office> {
  const subscriptions = [policy, subscription("s1", "acme", "dev", "2023-11-01")];
  return keepBooks(tamper, { ...usualTerms, price, subscriptions });
}

function invoicesOf({ log }: Office): InvoiceFinalized[] {
  return log
    .recordsOf(topics.invoices, 0)
    .map(({ value }) => decode(value))
    .filter((fact) => fact.kind === "InvoiceFinalized");
}

const linesOf = ({ lines }: InvoiceFinalized) =>
  lines.map(({ exact, description }) => [exact, description]);

/** Every line comes out again both ways, and every row is 0; returns what is listed as written off. */
async function expectExact(books: Office) {
  for (const { invoice } of invoicesOf(books)) {
    for (const full of [false, true]) {
      const { verdict } = await replay({ ...books, invoice, full });
      expect(verdict, `${invoice}, full: ${full}`).toEqual({ kind: "equal" });
    }
  }
  const { rows, lists } = await reconcile(books);
  expect(rows.filter(({ residual }) => residual !== "0")).toEqual([]);
  const row = rows.find(({ name }) => name.startsWith("late usage written off"));
  return { listed: lists.written_off, row: row && [row.left, row.right] };
}

describe("late usage of a billed period", () => {
  test("waits for the next invoice, unless its tenant has it billed at once", async () => {
    const waits = await kept(latePolicy({ treatment: "next_invoice" }));
    expect(invoicesOf(waits)).toHaveLength(1);
    await expectExact(waits);
    const books = await kept(latePolicy());
    const [first, own, ...more] = invoicesOf(books);
    expect(more).toEqual([]);
    expect(own?.lines.map(({ description }) => description)).toEqual([
      "Late usage of 2023-11-01 to 2023-12-01: Input tokens, model code",
      "Late usage of 2023-11-01 to 2023-12-01: Input tokens, model conv",
    ]);
    const { period_from } = first ?? {};
    expect(own).toMatchObject({
      period_from,
      exact: "0.2466665",
      total: "25",
      number: "INV-000002",
    });
    await expectExact(books);
  });

  test("that is due to the customer waits for an invoice that it is set off against", async () => {
    const cheaperByMore = tiered("volume", "input", "tokens", [
      ["1000000", "10"],
      [null, "0.01"],
    ]);
    const books = await kept(latePolicy(), { charge: cheaperByMore.charge });
    const adjustments = books.log
      .recordsOf(topics.journal, 0)
      .map(({ value }) => decode(value))
      .filter((fact) => fact.kind === "TransactionPosted")
      .filter(({ transaction_kind: kind }) => kind === "adjustment");
    expect(adjustments.map(({ postings }) => postings[0]?.amount)).toEqual(["-9.3162189"]);
    expect(invoicesOf(books)).toHaveLength(1);
    await expectExact(books);
  });

  test("is billed at once from the time on that the policy says", async () => {
    const later = await kept(latePolicy({ effective_at: at("2023-12-02T01:00:01Z") }));
    expect(invoicesOf(later)).toHaveLength(1);
    const now = await kept(latePolicy({ effective_at: at("2023-12-02T01:00:00Z") }));
    expect(invoicesOf(now)).toHaveLength(2);
  });
});

describe("late usage that is written off", () => {
  test("has an account, a row and a place in the list, and no invoice of its own", async () => {
    const books = await kept(latePolicy(below("0.25")));
    expect(invoicesOf(books)).toHaveLength(1);
    const { listed, row } = await expectExact(books);
    expect(row).toEqual(["0.2466665", "0.2466665"]);
    expect(listed).toEqual([
      {
        tenant: "default",
        subscription: "s1",
        period_from: at("2023-11-01"),
        price: "input",
        currency: "USD",
        amount: "0.2466665",
        reason: "not worth a stamp",
      },
    ]);
    const why = await askWhy({ ...books, tenant: "default" }, { name: "f" });
    const answers = why.kind === "event" ? why.records.flatMap((record) => record.answers) : [];
    expect(answers.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["written_off", "input: 0.2466665 USD of all that came late"],
    ]);
  });

  test("stands on the next invoice as a line and its opposite, and each comes out again", async () => {
    // Over with November: what is still asked for, of December, has an invoice of its own.
    const policy = latePolicy(below("0.25"));
    const terms = [
      policy,
      { ...subscription("s1", "acme", "dev", "2023-11-01", "2023-12-01T00:30:00Z") },
    ];
    const books = await keepBooks(undefined, { ...usualTerms, subscriptions: terms });
    await expectExact(books);
    const lines = invoicesOf(books).flatMap(linesOf);
    expect(lines).toContainEqual([
      "-0.2466665",
      "Late usage of 2023-11-01 to 2023-12-01: Input tokens, written off: not worth a stamp",
    ]);
  });

  test("and was not by the policy is found, by what reconciles and by what replays", async () => {
    const forged: Tamper = (fact) => {
      if (fact.kind !== "TransactionPosted" || fact.transaction_kind !== "adjustment") return fact;
      const amount = fact.postings[0]?.amount ?? "0";
      const { evidence } = fact;
      const written_off = {
        amount,
        late: amount,
        below: "9",
        policy_version: 1,
        reason: "a favour",
      };
      const postings = [
        { account: "expenses:written-off:dev", amount },
        { account: "income:usage:dev:input", amount: toText(negate(decimal(amount))) },
      ];
      return { ...fact, postings, evidence: { ...evidence, written_off } };
    };
    const books = await kept(latePolicy(), usualTerms.price, forged);
    const { rows } = await reconcile(books);
    const row = rows.find(({ name }) => name.startsWith("late usage written off"));
    expect([row?.left, row?.right, row?.residual]).toEqual(["0", "0.2466665", "0.2466665"]);
  });
});
