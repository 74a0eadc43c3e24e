import { accounts, isMovementKind, taxCause } from "@tallybook/journal";
import type { Posting, TransactionPosted } from "@tallybook/journal";
import {
  add,
  compare,
  decimal,
  isNegative,
  isZero,
  majorUnits,
  negate,
  toText,
} from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { InvoiceFinalized } from "../facts.ts";
import { currencyOf } from "./currency-of.ts";
import { known as knownFact, refused } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { InvoiceVoided } from "./facts.ts";
import type { Receivable, Receivables } from "./receivables.ts";
import { orderedOf } from "./send.ts";
import { paidOf } from "./state.ts";

/** Somebody takes an invoice back whole. */
export interface VoidInvoice extends Pick<
  InvoiceVoided,
  "tenant" | "invoice" | "reason" | "postings" | "actor" | "voided_at"
> {
  readonly order: "void_invoice";
}

/** Takes back an invoice that nothing is paid of (any more), and that no note refers to; once. */
export function voidInvoice(
  known: Receivables,
  { order: _, ...voiding }: VoidInvoice,
): Decision<InvoiceVoided> {
  const found = orderedOf(known, voiding);
  if ("kind" in found) return found;
  if (found.isVoided) return knownFact(null);
  const obstacle = obstacleTo(found);
  if (obstacle !== undefined) return refused("conflict", "invoice", obstacle);
  const { number, customer, currency, total, subscription } = found.invoice;
  const { plan, plan_version, period_from, period_to } = found.invoice;
  return {
    kind: "new",
    fact: {
      kind: "InvoiceVoided",
      ...voiding,
      number,
      customer,
      currency,
      subscription,
      plan,
      plan_version,
      period_from,
      period_to,
      amount: total,
    },
  };
}

/** What is in the way of voiding an invoice, and what to do instead. */
function obstacleTo({ invoice, open, events }: Receivable): string | undefined {
  const { number, total, currency } = invoice;
  const isNoted = events.some(({ what }) => what === "credit_note" || what === "debit_note");
  const isPaid = !isZero(paidOf(events));
  if (!isNoted && !isPaid) return undefined;
  if (isNegative(decimal(total)))
    return `What ${number} gives back is the customer's credit, or was noted: a debit note (POST /v1/invoices/${number}/debit-notes) asks for it again.`;
  const creditNote = `credit note (POST /v1/invoices/${number}/credit-notes)`;
  if (compare(open, zero) <= 0)
    return `${number} is paid, or credited: a ${creditNote} gives back what should not have been asked for.`;
  if (isNoted) return `A note refers to ${number}: a ${creditNote} takes off what is left of it.`;
  return `${toText(open)} of ${total} ${currency} (minor units) of ${number} is open, so that something was paid: reverse the payment first, or issue a ${creditNote}.`;
}

/** Whether a transaction is of what an invoice asks for: its charges, and what makes them whole. */
export function isPostedFor({
  invoice,
  lines,
}: Pick<InvoiceFinalized, "invoice" | "lines">): (posted: TransactionPosted) => boolean {
  const charged = new Set(lines.map(({ transaction }) => transaction));
  return ({ id, transaction_kind, evidence }) =>
    charged.has(id) || (evidence.invoice === invoice && !isMovementKind(transaction_kind));
}

/**
 * What was posted for an invoice, by account and the other way round; undefined where not all of it is in the journal yet, as its rounding
 * and taxes right after it was finalized. `transactions`: those that `isPostedFor` means.
 */
export function reversalOf(
  invoice: Pick<
    InvoiceFinalized,
    "invoice" | "tenant" | "customer" | "currency" | "total" | "taxes"
  >,
  transactions: readonly TransactionPosted[],
): Posting[] | undefined {
  // A tax that prices hold adds nothing to what is owed: only its own transaction tells that it is posted.
  const causes = new Set(transactions.map(({ cause }) => cause));
  const isTaxed = invoice.taxes.every(
    ({ amount }, nth) =>
      isZero(decimal(amount)) || causes.has(taxCause(invoice.tenant, invoice.invoice, nth)),
  );
  if (!isTaxed) return undefined;
  const sums = new Map<string, Decimal>();
  for (const { postings } of transactions) {
    for (const { account, amount } of postings)
      sums.set(account, add(sums.get(account) ?? zero, negate(decimal(amount))));
  }
  const asked = negate(majorUnits(invoice.total, currencyOf(invoice.currency)));
  const owed = sums.get(accounts.receivable(invoice.customer)) ?? zero;
  if (compare(owed, asked) !== 0) return undefined;
  return [...sums]
    .filter(([, amount]) => !isZero(amount))
    .map(([account, amount]) => ({ account, amount: toText(amount) }));
}

const zero = decimal("0");
