import { taxName } from "@tallybook/invoice";
import type { LifeFact, Settled } from "@tallybook/invoice";

/** A fact of `invoices` that moves money. */
export type MovingFact = Exclude<
  LifeFact,
  {
    readonly kind:
      | "InvoiceSent"
      | "InvoiceOverdue"
      | "InvoiceReminded"
      | "HoldPlaced"
      | "HoldReleased";
  }
>;

/** What a fact that moves money says in numbers, in the order in which they follow from each other: as [step, what, number]. */
export function numbersOf(fact: LifeFact): (readonly [string, string, string])[] {
  switch (fact.kind) {
    case "PaymentRecorded":
      return [
        ["payment", "amount", fact.amount],
        ...settled("taken off", fact.settles),
        ["credit", "what is left, and the customer's", fact.credited],
      ];
    case "PaymentReversed":
      return [
        ["payment", "amount", fact.amount],
        ...settled("owed again", fact.reopens),
        ...settled("owed again, paid by its credit", fact.unapplied),
        ["credit", "what is taken back", fact.uncredited],
      ];
    case "CreditApplied":
      return [["credit", "amount", fact.amount], ...settled("taken off", fact.settles)];
    case "CreditRefunded":
      return [["credit", "amount", fact.amount]];
    case "CreditGranted":
      return [["credit", "what the invoice gives back", fact.amount]];
    case "NoteIssued":
      return [
        ...fact.lines.map(
          ({ line, description, amount }) => [`line ${line}`, description, amount] as const,
        ),
        ...fact.taxes.flatMap((tax) => [
          [`tax ${tax.nth + 1}`, `${taxName(tax)}: base`, tax.base] as const,
          [`tax ${tax.nth + 1}`, taxName(tax), tax.amount] as const,
        ]),
        ["note", "amount", fact.amount],
        ["note", "taken off what is open", fact.settled],
        ["note", "paid already, and the customer's credit", fact.credited],
      ];
    case "InvoiceVoided":
      return [
        ["invoice", "amount", fact.amount],
        ...fact.postings.map(({ account, amount }) => ["taken back", account, amount] as const),
      ];
    case "InvoiceSent":
    case "InvoiceOverdue":
    case "InvoiceReminded":
    case "HoldPlaced":
    case "HoldReleased":
      return [];
  }
}

function settled(step: string, settles: readonly Settled[]): (readonly [string, string, string])[] {
  return settles.map(({ number, amount }) => [step, number, amount]);
}

/** What a fact that moves money is called: kind, id, and its number or that of its invoice. */
export function namesOf(fact: MovingFact): {
  readonly moved: string;
  readonly id: string;
  readonly number: string | null;
} {
  switch (fact.kind) {
    case "PaymentRecorded":
      return { moved: "payment", id: fact.payment, number: null };
    case "PaymentReversed":
      return { moved: "payment_reversal", id: fact.payment, number: null };
    case "CreditApplied":
      return { moved: "credit_applied", id: fact.application, number: null };
    case "CreditRefunded":
      return { moved: "refund", id: fact.refund, number: null };
    case "CreditGranted":
      return { moved: "credit_granted", id: fact.invoice, number: fact.number };
    case "NoteIssued":
      return { moved: `${fact.direction}_note`, id: fact.note, number: fact.note_number };
    case "InvoiceVoided":
      return { moved: "void", id: fact.invoice, number: fact.number };
  }
}
