import { compare, decimal, isZero, negate, sum } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

import type { LifeEvent, Receivable } from "./receivables.ts";

/** How far an invoice that is finalized has come. */
export type InvoiceState = "finalized" | "sent" | "partly_paid" | "paid" | "overdue" | "voided";

/** What is true of an invoice at a time; amounts in minor units. */
export interface InvoiceStanding {
  readonly state: InvoiceState;
  /** By payments and the customer's credit; of one that gave back, what became credit, below zero. */
  readonly paid: Decimal;
  /** Taken off by credit notes. */
  readonly credited: Decimal;
  /** Added by debit notes. */
  readonly debited: Decimal;
  /** Still to be paid. */
  readonly open: Decimal;
}

/**
 * What was true of an invoice at a time, by what was written down by then; undefined where it was not finalized yet. One of which nothing is
 * open is paid, whatever took it off; one that is open behind its date is overdue, however much of it is paid.
 */
export function standingOf(
  { invoice, events }: Receivable,
  at: Micros,
): InvoiceStanding | undefined {
  const past = events.filter((event) => event.at <= at);
  if (past.length === 0) return undefined;
  const paid = paidOf(past);
  const open = sum(past.map(({ change }) => change));
  const isDue = invoice.due_at !== null && invoice.due_at < at;
  const has = (kind: LifeEvent["what"]) => past.some(({ what }) => what === kind);
  function state(): InvoiceState {
    if (has("voided")) return "voided";
    if (compare(open, zero) <= 0) return "paid";
    if (isDue || has("overdue")) return "overdue";
    if (!isZero(paid)) return "partly_paid";
    return has("sent") ? "sent" : "finalized";
  }
  return {
    state: state(),
    paid,
    credited: takenOffBy(past, ["credit_note"]),
    debited: negate(takenOffBy(past, ["debit_note"])),
    open,
  };
}

/** What payments and the customer's credit have taken off, minor units; of what gave back, what became credit, below zero. */
export function paidOf(events: readonly LifeEvent[]): Decimal {
  return takenOffBy(events, settling);
}

const settling: readonly LifeEvent["what"][] = [
  "payment",
  "payment_reversal",
  "credit",
  "credit_reversal",
  "credit_granted",
];

/** What events of some kinds have taken off an invoice, minor units. */
function takenOffBy(events: readonly LifeEvent[], kinds: readonly LifeEvent["what"][]): Decimal {
  return negate(sum(events.filter(({ what }) => kinds.includes(what)).map(({ change }) => change)));
}

const zero = decimal("0");
