import { add, compare, decimal, isZero, majorUnits, sub, sum, toText } from "@tallybook/money";
import type { Currency, Decimal, DecimalText } from "@tallybook/money";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { underDispute } from "../disputes.ts";
import type { Dispute } from "../disputes.ts";
import { currencyOf } from "./currency-of.ts";
import type { CustomerBook } from "./customer-books.ts";
import type { Receivable } from "./receivables.ts";

/** How long behind their dates invoices are open. */
export const agingBuckets = [
  "current",
  "days_1_30",
  "days_31_60",
  "days_61_90",
  "days_over_90",
] as const;
export type AgingBucket = (typeof agingBuckets)[number];

/** What a customer owes at a time, by how long it should have been paid; major units. */
export type AgedReceivable = Readonly<Record<AgingBucket, DecimalText>> & {
  readonly customer: string;
  readonly currency: string;
  /** All buckets: what is open of invoices. */
  readonly invoiced: DecimalText;
  /** Of that, what is under dispute: reminders leave it out. */
  readonly disputed: DecimalText;
  /** Posted, and on no invoice yet. */
  readonly not_invoiced: DecimalText;
  /** Both: the balance of `assets:receivable:CUSTOMER`. */
  readonly receivable: DecimalText;
  /** The customer's own: the balance of `liabilities:credits:CUSTOMER`. */
  readonly credit: DecimalText;
};

/**
 * What a customer owes by what the journal has posted by a time. An invoice counts from when it is finalized; one without a date is as old
 * as itself. `invoices`: the customer's, whatever their currency; `disputesOf`: those of one of them, settled ones too.
 */
export function agedReceivable(
  { customer, currency: code, entries }: CustomerBook,
  invoices: readonly Receivable[],
  at: Micros,
  disputesOf: (invoice: string) => readonly Dispute[] = () => [],
): AgedReceivable {
  const currency = currencyOf(code);
  const past = entries.filter(({ date }) => date <= at);
  const sums = new Map<AgingBucket, Decimal>();
  let disputed = zero;
  for (const [{ invoice }, open] of openAt(invoices, past, { currency, at })) {
    const minor = underDispute(disputesOf(invoice.invoice), decimal(invoice.total), at);
    disputed = add(disputed, partOf(majorUnits(toText(minor), currency), open));
    const bucket = bucketOf(invoice.due_at ?? invoice.finalized_at, at);
    sums.set(bucket, add(sums.get(bucket) ?? zero, open));
  }
  const invoiced = sum([...sums.values()]);
  const receivable = sum(past.map((entry) => entry.receivable));
  const inBucket = (bucket: AgingBucket) => toText(sums.get(bucket) ?? zero);
  return {
    customer,
    currency: code,
    current: inBucket("current"),
    days_1_30: inBucket("days_1_30"),
    days_31_60: inBucket("days_31_60"),
    days_61_90: inBucket("days_61_90"),
    days_over_90: inBucket("days_over_90"),
    invoiced: toText(invoiced),
    disputed: toText(disputed),
    not_invoiced: toText(sub(receivable, invoiced)),
    receivable: toText(receivable),
    credit: toText(sum(past.map((entry) => entry.credit))),
  };
}

/** What is open of each invoice by entries of the journal, major units; those of which nothing is are left out. */
function openAt(
  invoices: readonly Receivable[],
  past: CustomerBook["entries"],
  { currency, at }: { readonly currency: Currency; readonly at: Micros },
): [Receivable, Decimal][] {
  const settled = new Map<string, Decimal>();
  for (const { invoice, amount } of past.flatMap(({ settles }) => settles))
    settled.set(invoice, add(settled.get(invoice) ?? zero, amount));
  return invoices
    .filter(({ invoice }) => invoice.currency === currency.code && invoice.finalized_at <= at)
    .map((receivable): [Receivable, Decimal] => {
      const { invoice, total } = receivable.invoice;
      return [receivable, sub(majorUnits(total, currency), settled.get(invoice) ?? zero)];
    })
    .filter(([, open]) => !isZero(open));
}

/** No more of an amount than there is, and nothing of one below zero. */
function partOf(amount: Decimal, whole: Decimal): Decimal {
  if (compare(whole, zero) <= 0) return zero;
  return compare(amount, whole) > 0 ? whole : amount;
}

function bucketOf(due: Micros, at: Micros): AgingBucket {
  const days = Math.ceil((at - due) / microsPerDay);
  if (days <= 0) return "current";
  if (days <= 30) return "days_1_30";
  if (days <= 60) return "days_31_60";
  return days <= 90 ? "days_61_90" : "days_over_90";
}

/** Whether a customer owes nothing, and has nothing. */
export function isSettled({ receivable, invoiced, credit }: AgedReceivable): boolean {
  return [receivable, invoiced, credit].every((each) => compare(decimal(each), zero) === 0);
}

const microsPerDay = 86_400 * MICROS_PER_SECOND;
const zero = decimal("0");
