import { accounts, isMovementKind } from "@tallybook/journal";
import type { Posting, TransactionPosted } from "@tallybook/journal";
import { add, compare, decimal, isZero, majorUnits, negate, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { InvoiceFinalized } from "../facts.ts";
import { currencyOf } from "./currency-of.ts";
import { known as knownFact, refused } from "./decision.ts";
import type { Decision } from "./decision.ts";
import type { InvoiceVoided } from "./facts.ts";
import type { Receivables } from "./receivables.ts";
import { orderedOf } from "./send.ts";

/** Somebody takes an invoice back whole. */
export interface VoidInvoice extends Pick<
  InvoiceVoided,
  "tenant" | "invoice" | "reason" | "postings" | "actor" | "voided_at"
> {
  readonly order: "void_invoice";
}

/** Takes back an invoice that nobody has paid anything of, and that no note refers to; once. */
export function voidInvoice(
  known: Receivables,
  { order: _, ...voiding }: VoidInvoice,
): Decision<InvoiceVoided> {
  const found = orderedOf(known, voiding);
  if ("kind" in found) return found;
  if (found.isVoided) return knownFact(null);
  const { invoice, open, events } = found;
  const { number, customer, currency, total, subscription } = invoice;
  const isTouched = events.some(({ change }, at) => at > 0 && !isZero(change));
  if (isTouched || compare(decimal(total), open) !== 0)
    return refused(
      "conflict",
      "invoice",
      compare(open, zero) <= 0
        ? `${number} is paid, or credited: a credit note (POST /v1/invoices/${number}/credit-notes) gives back what should not have been asked for.`
        : `${toText(open)} of ${total} ${currency} (minor units) of ${number} is open, so that something was paid, credited or added: reverse the payment first, or issue a credit note (POST /v1/invoices/${number}/credit-notes).`,
    );
  const { plan, plan_version, period_from, period_to } = invoice;
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
 * right after it was finalized. `transactions`: those that `isPostedFor` means.
 */
export function reversalOf(
  invoice: Pick<InvoiceFinalized, "customer" | "currency" | "total">,
  transactions: readonly TransactionPosted[],
): Posting[] | undefined {
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
