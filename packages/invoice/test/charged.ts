import { unrated } from "@tallybook/journal";
import type { JournalFact, Transaction, TransactionPosted } from "@tallybook/journal";
import { decimal, negate, toText } from "@tallybook/money";

/** A fee of a period, as it is posted. */
export interface Charged {
  readonly subscription: string;
  readonly from: number;
  readonly to: number;
  readonly customer?: string;
  readonly amount?: string;
  readonly quantity?: string;
  readonly in_advance?: boolean;
}

export function charged(of: Charged): Transaction {
  return transactionOf("fee", of);
}

/** What comes late of a period. */
export function adjusted(of: Charged): Transaction {
  return transactionOf("adjustment", of);
}

/** What a coupon takes off a period's charges: of the whole period, whenever they were posted. */
export function discounted(of: Charged): Transaction {
  const posted = transactionOf("discount", of);
  const discount = {
    coupon: "tenth",
    coupon_version: 1,
    application: "tenth#1",
    percent_off: "10",
    amount_off: null,
    base: "0",
  };
  return { ...posted, evidence: { ...posted.evidence, discount } };
}

function transactionOf(
  kind: TransactionPosted["transaction_kind"],
  {
    subscription,
    from,
    to,
    customer = "acme",
    amount = "0",
    quantity = "1",
    in_advance = false,
  }: Charged,
): Transaction {
  return {
    id: `${kind} ${subscription} ${from}`,
    tenant: "default",
    transaction_kind: kind,
    cause: `${subscription} ${from}`,
    revision: 0,
    date: 0,
    currency: "USD",
    postings: [
      { account: `assets:receivable:${customer}`, amount },
      { account: "income:fees:dev", amount: toText(negate(decimal(amount))) },
    ],
    adjusts: null,
    evidence: {
      ...unrated,
      cut: 0,
      catalog_offset: 0,
      customer,
      subscription,
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      price: "monthly",
      meter: null,
      period_from: from,
      period_to: to,
      quantity,
      amount,
      shares: [{ dimensions: {}, quantity, amount }],
      in_advance,
    },
  };
}

/** A step of the journal at a time, with what it posts. */
export function stepOf(
  step: number,
  time: number,
  catalog_offset: number,
  transactions: readonly Transaction[],
): JournalFact[] {
  const none = new Uint8Array(32);
  return [
    { kind: "StepBegun", step, cut: step, time, catalog_offset, invoices_offset: 0 },
    ...transactions.map((transaction, seq) => ({
      kind: "TransactionPosted" as const,
      ...transaction,
      id: `${transaction.id} ${step}`,
      revision: step,
      seq,
      previous: none,
      hash: none,
      step,
    })),
    {
      kind: "HeadSigned",
      step,
      cut: step,
      cut_root: none,
      seq: 0,
      hash: none,
      invoices_offset: 0,
      signature: none,
    },
  ];
}
