import { known as knownFact, refused } from "./decision.ts";
import type { Decision, Refused } from "./decision.ts";
import type { InvoiceSent } from "./facts.ts";
import { receivableOf } from "./receivables.ts";
import type { Receivable, Receivables } from "./receivables.ts";

/** Somebody has sent an invoice. */
export interface SendInvoice extends Pick<
  InvoiceSent,
  "tenant" | "invoice" | "channel" | "recipient" | "actor" | "sent_at"
> {
  readonly order: "send_invoice";
}

/** Writes down that an invoice is with the customer; the first time counts. */
export function sendInvoice(
  known: Receivables,
  { order: _, ...sent }: SendInvoice,
): Decision<InvoiceSent> {
  const found = orderedOf(known, sent);
  if ("kind" in found) return found;
  if (found.isSent) return knownFact(null);
  if (found.isVoided) return voided(found, "there is nothing to send");
  const { number, customer, currency } = found.invoice;
  return { kind: "new", fact: { kind: "InvoiceSent", ...sent, number, customer, currency } };
}

/** The invoice that an order names by its id; a refusal where there is none that is finalized. */
export function orderedOf(
  known: Receivables,
  { tenant, invoice }: { readonly tenant: string; readonly invoice: string },
): Receivable | Refused {
  const found = receivableOf(known, tenant, invoice);
  if (found !== undefined) return found;
  return refused(
    "conflict",
    "invoice",
    "It is a draft, which asks nobody for money: finalize it first.",
  );
}

/** The refusal of what nobody does to an invoice that is taken back; `then`: what that means for it. */
export function voided({ invoice }: Receivable, then: string): Refused {
  return refused("conflict", "invoice", `${invoice.number} is voided: ${then}.`);
}
