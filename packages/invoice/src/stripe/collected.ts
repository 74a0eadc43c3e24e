import { refused } from "../life/decision.ts";
import type { Refused } from "../life/decision.ts";
import type { LifeFact } from "../life/facts.ts";
import type { Receivables } from "../life/receivables.ts";
import { isCollecting, stripeKey } from "./books.ts";

/**
 * Why a fact is not written as long as Stripe collects an invoice: Stripe would go on to ask for what was taken off it, and not for what was
 * added. What was paid otherwise is written all the same: it is there.
 */
export function collectedOtherwise({ stripe }: Receivables, fact: LifeFact): Refused | undefined {
  for (const invoice of changedBy(fact)) {
    const handOff = stripe.handOffs.get(stripeKey(fact.tenant, invoice));
    if (handOff === undefined || !isCollecting(handOff)) continue;
    const { number } = handOff.ordered;
    const what = handOff.handed === null ? "it" : handOff.handed.stripe_invoice;
    return refused(
      "conflict",
      "invoice",
      `${number} is with Stripe, which goes on to collect ${what} as it is: withdraw it first (POST /v1/invoices/${number}/withdraw-from-stripe, or tally stripe withdraw ${number}), and hand over again what is then open.`,
    );
  }
  return undefined;
}

function changedBy(fact: LifeFact): readonly string[] {
  switch (fact.kind) {
    case "InvoiceVoided":
    case "NoteIssued":
      return [fact.invoice];
    case "CreditApplied":
      return fact.settles.map(({ invoice }) => invoice);
    case "CreditGranted":
    case "CreditRefunded":
    case "HoldPlaced":
    case "HoldReleased":
    case "InvoiceOverdue":
    case "InvoiceReminded":
    case "InvoiceSent":
    case "PaymentRecorded":
    case "PaymentReversed":
      return [];
  }
}
