import { evolveReceivables, isInvoiceable, noReceivables } from "@tallybook/invoice";
import type { InvoicesFact, Receivables } from "@tallybook/invoice";
import { accounts, unescapeName } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import {
  add,
  currency as currencyOf,
  decimal,
  isZero,
  majorUnits,
  negate,
  toText,
} from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Sheet } from "./sheet.ts";

/**
 * From what the invoices say of each customer to the customer's accounts: `assets:receivable:CUSTOMER` is what is open of invoices, and
 * charges that are on none; `liabilities:credits:CUSTOMER` the credit. `facts`: those that the journal's head has taken.
 */
export function compareOwed(
  transactions: readonly TransactionPosted[],
  facts: readonly InvoicesFact[],
  sheet: Sheet,
): void {
  const known = facts.reduce(evolveReceivables, noReceivables());
  const owed: Owed = new Map();
  countOpen(owed, known);
  countPosted(owed, transactions, invoicedIn(facts));
  for (const { tenant, currency, customer, told, booked } of owed.values()) {
    const place = { tenant, what: customer };
    const receivable = `open of invoices + charges on none = Σ receivable: ${currency}`;
    sheet.compare({ ...place, name: receivable }, told.receivable, booked.receivable);
    if (isZero(told.credit) && isZero(booked.credit)) continue;
    const credit = `credit of customers = Σ credits: ${currency}`;
    sheet.compare({ ...place, name: credit }, told.credit, booked.credit);
  }
}

/** Major units. */
interface Amounts {
  receivable: Decimal;
  credit: Decimal;
}

/** By tenant, customer and currency: as the facts tell it, and as it is booked. */
type Owed = Map<string, Whose & { readonly told: Amounts; readonly booked: Amounts }>;

interface Whose {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
}

function of(owed: Owed, { tenant, customer, currency }: Whose) {
  const key = JSON.stringify([tenant, customer, currency]);
  const known = owed.get(key);
  if (known !== undefined) return known;
  const none = () => ({ receivable: zero, credit: zero });
  const made = { tenant, customer, currency, told: none(), booked: none() };
  owed.set(key, made);
  return made;
}

function countOpen(owed: Owed, { byCustomer, credit }: Receivables): void {
  for (const { invoice, open } of [...byCustomer.values()].flat()) {
    const { told } = of(owed, invoice);
    told.receivable = add(told.receivable, majorOf(open, invoice));
  }
  for (const own of credit.values()) {
    const { told } = of(owed, own);
    told.credit = add(told.credit, majorOf(own.amount, own));
  }
}

function countPosted(
  owed: Owed,
  transactions: readonly TransactionPosted[],
  invoiced: ReadonlySet<string>,
): void {
  for (const { id, tenant, currency, transaction_kind, evidence, postings } of transactions) {
    const { customer } = evidence;
    const { told } = of(owed, { tenant, customer, currency });
    const isWaiting = isInvoiceable(transaction_kind) && !invoiced.has(id);
    for (const { account, amount } of postings) {
      const owing = customerIn(account, receivables);
      if (owing !== undefined) {
        const { booked } = of(owed, { tenant, customer: owing, currency });
        booked.receivable = add(booked.receivable, decimal(amount));
        if (isWaiting && owing === customer)
          told.receivable = add(told.receivable, decimal(amount));
      }
      const having = customerIn(account, credits);
      if (having === undefined) continue;
      const { booked } = of(owed, { tenant, customer: having, currency });
      booked.credit = add(booked.credit, negate(decimal(amount)));
    }
  }
}

/** Whose account it is, of those that begin so. */
function customerIn(account: string, prefix: string): string | undefined {
  return account.startsWith(prefix) ? unescapeName(account.slice(prefix.length)) : undefined;
}

const [receivables, credits] = [accounts.receivable(""), accounts.credits("")];

/** Ids of the transactions that are on invoices. */
function invoicedIn(facts: readonly InvoicesFact[]): ReadonlySet<string> {
  return new Set(
    facts.flatMap((fact) =>
      fact.kind === "InvoiceFinalized" ? fact.lines.map(({ transaction }) => transaction) : [],
    ),
  );
}

function majorOf(minor: Decimal, { currency: code }: Whose): Decimal {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`${code} is no currency`);
  return majorUnits(toText(minor), currency);
}

const zero = decimal("0");
