import {
  agedReceivable,
  evolveCustomerBooks,
  evolveReceivables,
  noCustomerBooks,
  noReceivables,
  receivablesOf,
  standingOf,
  statementOf,
} from "@tallybook/invoice";
import { add, compare, decimal, negate, sub, sum, toText } from "@tallybook/money";
import fc from "fast-check";
import { expect, test } from "vitest";

import { at, newStory } from "./story.ts";
import type { Story } from "./story.ts";

type Command = (story: Story) => unknown;

const names = fc.constantFrom("INV-1", "INV-2", "INV-3", "INV-4");
const ids = fc.constantFrom("a", "b", "c", "d", "e", "f");
const amounts = fc.constantFrom("1", "250", "500", "1000", "3000");
const lines = fc.constantFrom(
  null,
  [[1, "1"]] as const,
  [[2, "250"]] as const,
  [
    [1, "500"],
    [2, "500"],
  ] as const,
);

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(ids, amounts).map(
    ([id, amount]): Command =>
      (it) =>
        it.pay(id, amount),
  ),
  fc.tuple(ids, amounts, names).map(
    ([id, of, name]): Command =>
      (it) =>
        it.pay(id, of, [name]),
  ),
  ids.map(
    (id): Command =>
      (it) =>
        it.reverse(id),
  ),
  fc.tuple(fc.constantFrom("credit" as const, "debit" as const), ids, names, lines).map(
    ([direction, id, name, of]): Command =>
      (it) =>
        it.note(direction, id, name, of),
  ),
  names.map(
    (name): Command =>
      (it) =>
        it.void(name),
  ),
  names.map(
    (name): Command =>
      (it) =>
        it.send(name),
  ),
  ids.map(
    (id): Command =>
      (it) =>
        it.apply(id, null),
  ),
  fc.tuple(ids, amounts).map(
    ([id, amount]): Command =>
      (it) =>
        it.refund(id, amount),
  ),
  fc.constantFrom("2024-01-16", "2024-02-01").map(
    (day): Command =>
      (it) =>
        it.head(day),
  ),
);

test("whatever is ordered in whatever order, the books agree with the invoices, and every state says why", () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 40 }), (all) => {
      const story = newStory();
      for (const [nth, total] of ["2000", "500", "-700", "1000"].entries())
        story.invoice(`INV-${nth + 1}`, total, { due_at: at("2024-01-31") }, [total, "0"]);
      for (const command of all) command(story);
      story.head("2024-02-02");

      const known = story.facts.reduce(evolveReceivables, noReceivables());
      const whose = { tenant: "default", customer: "acme", currency: "USD" };
      const invoices = receivablesOf(known, whose);
      // What the fold says is in the books, to the cent: what is owed, and what is the customer's.
      const moved = sum(invoices.map(({ invoice, open }) => sub(open, decimal(invoice.total))));
      const balances = story.balances();
      const of = (account: string) => negate(decimal(balances[account] ?? "0"));
      const cents = (major: ReturnType<typeof decimal>) => toText(sum(Array(100).fill(major)));
      expect(cents(negate(of("assets:receivable:acme")))).toBe(toText(moved));
      const credit = known.credit.get("default\u001facme\u001fUSD")?.amount ?? decimal("0");
      expect(cents(of("liabilities:credits:acme"))).toBe(toText(credit));
      // What the journal says of the invoices is what the facts say; no charge is in these books, so that all else is posted for them.
      const books = story.journal.reduce(evolveCustomerBooks, noCustomerBooks());
      const book = books.byCustomer.get("default\u001facme\u001fUSD") ?? { ...whose, entries: [] };
      const aged = agedReceivable(book, invoices, at("2024-02-02"));
      expect(cents(decimal(aged.invoiced))).toBe(toText(sum(invoices.map(({ open }) => open))));
      expect(cents(decimal(aged.credit))).toBe(toText(credit));
      const { closing } = statementOf(book, invoices, { from: 0, to: at("2024-02-03") });
      expect(closing).toBe(aged.invoiced);
      // Debits are credits.
      expect(toText(sum(Object.values(balances).map(decimal)))).toBe("0");
      for (const receivable of invoices) {
        const { events, open } = receivable;
        expect(compare(open, decimal("0"))).toBeGreaterThanOrEqual(0);
        expect(toText(sum(events.map(({ change }) => change)))).toBe(toText(open));
        const standing = standingOf(receivable, at("2024-02-02"));
        if (standing === undefined) throw new Error("it is finalized");
        const { state, paid, credited, debited } = standing;
        const { total } = receivable.invoice;
        const left = sub(add(decimal(total), debited), add(paid, credited));
        expect(toText(open)).toBe(state === "voided" ? "0" : toText(left));
        // It is late by now, so that what is open is overdue, and a fact says so.
        const isOpen = compare(open, decimal("0")) > 0;
        expect(state).toBe(receivable.isVoided ? "voided" : isOpen ? "overdue" : "paid");
        expect(receivable.isOverdue || !isOpen).toBe(true);
      }
      for (const direction of ["credit", "debit"] as const) {
        const numbers = story.facts.flatMap((fact) =>
          fact.kind === "NoteIssued" && fact.direction === direction ? [fact.note_number] : [],
        );
        const prefix = direction === "credit" ? "CN" : "DN";
        const gapless = numbers.map((_, at) => `${prefix}-${String(at + 1).padStart(6, "0")}`);
        expect(numbers).toEqual(gapless);
      }
    }),
    { numRuns: 300 },
  );
});
