import { compare, decimal } from "@tallybook/money";

import type { Receivable } from "./receivables.ts";

/** How far an invoice that is finalized has come. */
export type InvoiceState = "finalized" | "partly_paid" | "paid";

/** What is true of an invoice by the facts about it. One that asks for nothing is paid. */
export function stateOf({ open, paid }: Receivable): InvoiceState {
  if (compare(open, zero) <= 0) return "paid";
  return compare(paid, zero) > 0 ? "partly_paid" : "finalized";
}

const zero = decimal("0");
