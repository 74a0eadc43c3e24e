import type { Decision } from "./decision.ts";
import type { LifeFact } from "./facts.ts";
import { recordPayment, reversePayment } from "./payments.ts";
import type { RecordPayment, ReversePayment } from "./payments.ts";
import type { Receivables } from "./receivables.ts";

/** What people ask for an invoice that is finalized, or for the money for it. */
export type LifeOrder = RecordPayment | ReversePayment;

/** What an order comes to, from all facts of `invoices` before it. */
export function decideLife(known: Receivables, order: LifeOrder): Decision<LifeFact> {
  switch (order.order) {
    case "record_payment":
      return recordPayment(known, order);
    case "reverse_payment":
      return reversePayment(known, order);
  }
}
