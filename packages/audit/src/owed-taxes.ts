import type { InvoiceFinalized, InvoicesFact } from "@tallybook/invoice";
import { accounts, unescapeName } from "@tallybook/journal";
import type { TransactionPosted } from "@tallybook/journal";
import { add, currency as currencyOf, decimal, majorUnits, negate } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Sheet } from "./sheet.ts";

/**
 * From the taxes of invoices, less those that notes gave back and voids took back, to the accounts of the jurisdictions. `facts`: those that the
 * journal's head has taken.
 */
export function compareOwedTaxes(
  transactions: readonly TransactionPosted[],
  facts: readonly InvoicesFact[],
  sheet: Sheet,
): void {
  const owed: Owed = new Map();
  countTold(owed, facts);
  countBooked(owed, transactions);
  for (const { tenant, currency, jurisdiction, told, booked } of owed.values()) {
    const name = `taxes of invoices − notes − voids = Σ owed to jurisdictions: ${currency}`;
    sheet.compare({ tenant, name, what: jurisdiction }, told, booked);
  }
}

interface OwedTo {
  readonly tenant: string;
  readonly currency: string;
  readonly jurisdiction: string;
}

/** Major units, by tenant, currency and jurisdiction: as the facts tell it, and as it is booked. */
type Owed = Map<string, OwedTo & { told: Decimal; booked: Decimal }>;

function of(owed: Owed, { tenant, currency, jurisdiction }: OwedTo) {
  const key = JSON.stringify([tenant, currency, jurisdiction]);
  const known = owed.get(key);
  if (known !== undefined) return known;
  const made = { tenant, currency, jurisdiction, told: zero, booked: zero };
  owed.set(key, made);
  return made;
}

function countTold(owed: Owed, facts: readonly InvoicesFact[]): void {
  const invoices = new Map<string, InvoiceFinalized>();
  const tell = (
    { tenant, currency, taxes }: Pick<InvoiceFinalized, "tenant" | "currency" | "taxes">,
    signed: (amount: Decimal) => Decimal,
  ) => {
    for (const { jurisdiction, amount, treatment } of taxes) {
      if (treatment !== "taxed") continue;
      const own = of(owed, { tenant, currency, jurisdiction });
      own.told = add(own.told, signed(majorOf(amount, currency)));
    }
  };
  for (const fact of facts) {
    if (fact.kind === "InvoiceFinalized") {
      invoices.set(fact.invoice, fact);
      tell(fact, (amount) => amount);
    }
    if (fact.kind === "NoteIssued")
      tell(fact, fact.direction === "credit" ? negate : (amount) => amount);
    const voided = fact.kind === "InvoiceVoided" ? invoices.get(fact.invoice) : undefined;
    if (voided !== undefined) tell(voided, negate);
  }
}

function countBooked(owed: Owed, transactions: readonly TransactionPosted[]): void {
  for (const { tenant, currency, postings } of transactions) {
    for (const { account, amount } of postings) {
      if (!account.startsWith(prefix)) continue;
      const jurisdiction = unescapeName(account.slice(prefix.length));
      const own = of(owed, { tenant, currency, jurisdiction });
      own.booked = add(own.booked, negate(decimal(amount)));
    }
  }
}

function majorOf(minor: string, code: string): Decimal {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`${code} is no currency`);
  return majorUnits(minor, currency);
}

const prefix = accounts.tax("");
const zero = decimal("0");
