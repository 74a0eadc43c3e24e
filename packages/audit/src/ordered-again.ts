import type { Catalog } from "@tallybook/catalog";
import { creditsToGrant, decideLife, receivablesOf, reversalOf } from "@tallybook/invoice";
import type {
  CreditApplied,
  InvoiceFinalized,
  LifeFact,
  LifeOrder,
  PaymentRecorded,
  Receivables,
} from "@tallybook/invoice";
import type { TransactionPosted } from "@tallybook/journal";
import { compare, decimal } from "@tallybook/money";

import { numbersOf } from "./moved-numbers.ts";
import type { MovingFact } from "./moved-numbers.ts";

/** What a fact was decided by. */
export interface OrderGrounds {
  /** All facts of `invoices` before it. */
  readonly known: Receivables;
  /** As it is now: a fact does not say by which it was numbered. */
  readonly catalog: Catalog;
  /** By id. */
  readonly invoices: ReadonlyMap<string, InvoiceFinalized>;
  /** What the journal has posted for an invoice itself: its charges, its rounding, its taxes. */
  readonly postedFor: (invoice: InvoiceFinalized) => readonly TransactionPosted[];
}

/**
 * What comes of the order behind a fact, decided again by the facts before it; undefined where nothing does, or it is refused. Which invoices a
 * payment or an application named is not kept: those that it settled are taken for them, so that their order is not held against anything.
 */
export function orderedAgain(fact: MovingFact, grounds: OrderGrounds): LifeFact | undefined {
  const { known, catalog } = grounds;
  if (fact.kind === "CreditGranted") {
    const at = { time: fact.granted_at, step: fact.journal_step };
    return creditsToGrant(known, at).find(({ invoice }) => invoice === fact.invoice);
  }
  const decided = ordersBehind(fact, grounds).flatMap((order) => {
    const decision = decideLife(known, order, catalog);
    return decision.kind === "new" ? [decision.fact] : [];
  });
  return decided.find((again) => isSame(again, fact)) ?? decided[0];
}

function isSame(one: LifeFact, other: LifeFact): boolean {
  return JSON.stringify(numbersOf(one)) === JSON.stringify(numbersOf(other));
}

/** Several where the fact does not say which: of a note whether it was of those lines, or of all that was left. */
function ordersBehind(
  fact: Exclude<MovingFact, { kind: "CreditGranted" }>,
  { known, invoices, postedFor }: OrderGrounds,
): LifeOrder[] {
  switch (fact.kind) {
    case "PaymentRecorded": {
      const { kind: _, settles: __, credited: ___, ...payment } = fact;
      return [{ order: "record_payment", ...payment, invoices: namedBy(fact, known) }];
    }
    case "PaymentReversed": {
      const { tenant, payment, reason, actor, reversed_at } = fact;
      return [{ order: "reverse_payment", tenant, payment, reason, actor, reversed_at }];
    }
    case "CreditApplied": {
      const { kind: _, settles: __, ...application } = fact;
      return [{ order: "apply_credit", ...application, invoices: namedBy(fact, known) }];
    }
    case "CreditRefunded": {
      const { kind: _, ...refund } = fact;
      return [{ order: "refund_credit", ...refund }];
    }
    case "NoteIssued": {
      const { tenant, note, direction, invoice, reason, actor, issued_at } = fact;
      const invoiced = invoices.get(invoice)?.lines;
      if (invoiced === undefined) return [];
      const said = { tenant, note, direction, invoice, reason, actor, issued_at };
      const isTaxKept = fact.taxes.length === 0;
      const order = { order: "issue_note", ...said, invoiced, isTaxKept } as const;
      const lines = fact.lines.map(({ line, amount }) => ({ line, amount }));
      return [
        { ...order, lines },
        { ...order, lines: null },
      ];
    }
    case "InvoiceVoided": {
      const { tenant, invoice, reason, actor, voided_at } = fact;
      const own = invoices.get(invoice);
      const postings = own && reversalOf(own, postedFor(own));
      if (postings === undefined) return [];
      return [{ order: "void_invoice", tenant, invoice, reason, postings, actor, voided_at }];
    }
  }
}

function namedBy(fact: PaymentRecorded | CreditApplied, known: Receivables): string[] {
  if (fact.settles.length > 0) return fact.settles.map(({ invoice }) => invoice);
  // Nothing was open, or it named what is not: all that it may have named.
  return receivablesOf(known, fact)
    .filter(({ invoice, open }) => invoice.currency === fact.currency && isNotOpen(open))
    .map(({ invoice }) => invoice.invoice);
}

function isNotOpen(open: Parameters<typeof compare>[0]): boolean {
  return compare(open, decimal("0")) <= 0;
}
