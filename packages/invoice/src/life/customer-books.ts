import { accounts, isMovementKind, unescapeName } from "@tallybook/journal";
import type { JournalFact, MovementKind, TransactionPosted } from "@tallybook/journal";
import { add, decimal, isZero, negate, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** What the journal posted to a customer's accounts; charges of one date are one entry. */
export interface BookEntry {
  /** Of the journal. */
  readonly date: Micros;
  readonly kind: MovementKind | "charge";
  /** Of what moved money: the payment's, the note's id. */
  readonly reference: string;
  /** The invoice that it is about alone; else null. */
  readonly invoice: string | null;
  /** Added to what the customer owes, major units. */
  readonly receivable: Decimal;
  /** Added to what is the customer's own, major units. */
  readonly credit: Decimal;
  /** Taken off invoices, by their ids, major units. */
  readonly settles: readonly { readonly invoice: string; readonly amount: Decimal }[];
}

/** A customer in one currency. */
export interface CustomerBook {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  /** In the journal's order. */
  readonly entries: BookEntry[];
}

/** The journal by customers, up to its last head. A fold owns its maps. */
export interface CustomerBooks {
  /** By tenant, customer and currency. */
  readonly byCustomer: Map<string, CustomerBook>;
  /** Of the step being read. */
  readonly open: TransactionPosted[];
  /** Facts of `invoices` below it are posted. */
  invoicesOffset: number;
}

/** Before the first step. */
export function noCustomerBooks(): CustomerBooks {
  return { byCustomer: new Map(), open: [], invoicesOffset: 0 };
}

/** Takes in a fact of the journal; what a step has posted counts when its head is there. */
export function evolveCustomerBooks(books: CustomerBooks, fact: JournalFact): CustomerBooks {
  switch (fact.kind) {
    case "StepBegun":
      books.open.length = 0;
      return books;
    case "TransactionPosted":
      books.open.push(fact);
      return books;
    case "HeadSigned":
      for (const posted of books.open.splice(0)) enter(books, posted);
      books.invoicesOffset = fact.invoices_offset;
      return books;
  }
}

function enter({ byCustomer }: CustomerBooks, posted: TransactionPosted): void {
  const { tenant, currency, date, transaction_kind: kind, cause, evidence, postings } = posted;
  const { customer, invoice, settles } = evidence;
  const posts = (name: string) =>
    sum(postings.filter(({ account }) => account === name).map(({ amount }) => decimal(amount)));
  const receivable = posts(accounts.receivable(customer));
  const credit = negate(posts(accounts.credits(customer)));
  const key = `${tenant}\u001f${customer}\u001f${currency}`;
  let book = byCustomer.get(key);
  if (book === undefined) byCustomer.set(key, (book = { tenant, customer, currency, entries: [] }));
  if (isMovementKind(kind)) {
    book.entries.push({
      date,
      kind,
      invoice,
      receivable,
      reference: unescapeName(cause.split("/").at(-1) ?? ""),
      credit,
      settles: settles.map((each) => ({
        ...each,
        amount: decimal(each.amount),
      })),
    });
    return;
  }
  if (isZero(receivable)) return;
  const last = book.entries.at(-1);
  const charge = { date, kind: "charge", reference: "", invoice: null, settles: [] } as const;
  if (last?.kind === "charge" && last.date === date)
    book.entries[book.entries.length - 1] = {
      ...last,
      receivable: add(last.receivable, receivable),
    };
  else book.entries.push({ ...charge, receivable, credit: decimal("0") });
}
