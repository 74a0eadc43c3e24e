import type { KeyObject } from "node:crypto";

import { isInvoiceable, prefixOf, taxLines, wholeTax } from "@tallybook/invoice";
import type { DraftLine, InvoiceDrafted, InvoiceFinalized } from "@tallybook/invoice";
import { chainHash, genesisHash, isHeadSigned } from "@tallybook/journal";
import type { JournalFact, TransactionPosted } from "@tallybook/journal";
import {
  add,
  currency as currencyOf,
  decimal,
  isNegative,
  majorUnits,
  negate,
  sum,
} from "@tallybook/money";
import type { Decimal } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";
import { noRoot, rootOf } from "@tallybook/usage";
import type { Cuts } from "@tallybook/usage";

import type { Sheet } from "./sheet.ts";

/** Every posting, transaction by transaction: debits and credits are equal, in each currency. */
export function comparePostings(transactions: readonly TransactionPosted[], sheet: Sheet): void {
  for (const { tenant, currency, seq, postings } of transactions) {
    const amounts = postings.map(({ amount }) => decimal(amount));
    const debits = sum(amounts.filter((amount) => !isNegative(amount)));
    const credits = negate(sum(amounts.filter(isNegative)));
    sheet.compare(
      {
        tenant,
        name: `Σ postings = 0, debits against credits: ${currency}`,
        what: `transaction ${seq}`,
      },
      debits,
      credits,
    );
  }
}

/**
 * From the journal to the invoices: what was posted is on one invoice or waits for one, and with its taxes and the rounding it is what
 * the invoice asks for. `invoices` are those that the journal's head has taken.
 */
export function compareInvoices(
  transactions: readonly TransactionPosted[],
  invoices: readonly InvoiceFinalized[],
  sheet: Sheet,
): void {
  const charges = new Map(
    transactions
      .filter(({ transaction_kind }) => isInvoiceable(transaction_kind))
      .map((each) => [each.id, each]),
  );
  const roundings = new Map(
    transactions
      .filter(({ transaction_kind }) => transaction_kind === "rounding")
      .map((each) => [each.evidence.invoice, each]),
  );
  const taxesByInvoice = Map.groupBy(
    transactions.filter(({ transaction_kind }) => transaction_kind === "tax"),
    ({ evidence }) => evidence.invoice,
  );
  const waiting = new Set(charges.keys());
  const invoicedName = "Σ journal, invoiceable = Σ invoiced + waiting";
  for (const invoice of invoices) {
    const { tenant, currency } = invoice;
    const what = invoice.number;
    const linesById = Map.groupBy(invoice.lines, ({ transaction }) => transaction);
    let posted: Decimal = zero;
    for (const [id, lines] of linesById) {
      const exact = sum(lines.map((line) => decimal(line.exact)));
      const charge = charges.get(id);
      const amount = charge === undefined || !waiting.delete(id) ? zero : postedBy(charge);
      posted = add(posted, amount);
      sheet.compare(
        { tenant, name: `${invoicedName}: ${currency}`, what: `${what}, transaction ${id}` },
        amount,
        exact,
      );
    }
    const rounding = roundings.get(invoice.invoice);
    const taxes = taxesByInvoice.get(invoice.invoice) ?? [];
    const total = majorOf(invoice.total, currency);
    const lines = [...invoice.lines, ...taxLines(invoice)];
    const asked = sum(lines.map((line) => majorOf(line.amount, currency)));
    const name = `Σ journal + taxes + rounding = Σ lines = total: ${currency}`;
    const place = { tenant, name, what };
    const moved = [...taxes, ...(rounding === undefined ? [] : [rounding])];
    sheet.compare(place, sum([posted, ...moved.map(postedBy)]), total);
    sheet.check(place, asked, total);
    if (invoice.taxes.length + taxes.length === 0) continue;
    const owed = {
      tenant,
      name: `taxes of invoices = Σ journal, owed to jurisdictions: ${currency}`,
    };
    const told = majorOf(wholeTax(invoice.taxes), currency);
    sheet.compare({ ...owed, what }, told, sum(taxes.map(owedBy)));
  }
  for (const id of waiting) {
    const charge = charges.get(id);
    if (charge === undefined) continue;
    const amount = postedBy(charge);
    sheet.compare(
      { tenant: charge.tenant, name: `${invoicedName}: ${charge.currency}` },
      amount,
      amount,
    );
  }
}

/**
 * From the journal to the drafts: each asks for exactly what was posted, no transaction is on two of them, and what became an invoice
 * has the same lines.
 */
export function compareDrafts(
  transactions: readonly TransactionPosted[],
  drafts: readonly InvoiceDrafted[],
  invoices: readonly InvoiceFinalized[],
  sheet: Sheet,
): void {
  const charges = new Map(transactions.map((each) => [each.id, each]));
  const finalized = new Map(invoices.map((each) => [each.invoice, each]));
  for (const { tenant, invoice, currency, lines } of drafts) {
    for (const [id, own] of Map.groupBy(lines, ({ transaction }) => transaction)) {
      const charge = charges.get(id);
      const amount = charge === undefined || !charges.delete(id) ? zero : postedBy(charge);
      const place = { tenant, name: `Σ journal, drafted = Σ drafts: ${currency}` };
      const exact = sum(own.map((line) => decimal(line.exact)));
      sheet.compare({ ...place, what: `draft ${invoice}, transaction ${id}` }, amount, exact);
    }
    const made = finalized.get(invoice)?.lines ?? lines;
    const isSameLines =
      made.length === lines.length && made.every((line, at) => isSameLine(line, lines[at]));
    const place = { tenant, name: "drafts = drafts as they were finalized" };
    sheet.compare({ ...place, what: `draft ${invoice}` }, 1, isSameLines ? 1 : 0);
  }
}

function isSameLine(line: DraftLine, drafted: DraftLine | undefined): boolean {
  return line.transaction === drafted?.transaction && line.exact === drafted.exact;
}

/** What has a number in a series, and when it was issued. */
export interface NumberedFact {
  readonly tenant: string;
  readonly number: string;
  readonly at: Micros;
}

/** The numbers of each series follow each other from 1, and their dates never run backward. `all`: what they are of, such as invoices. */
export function compareNumbers(
  all: "invoices" | "notes",
  numbered: readonly NumberedFact[],
  sheet: Sheet,
): void {
  const ends = new Map<string, { readonly place: number; readonly at: number }>();
  for (const { tenant, number, at } of numbered) {
    const prefix = prefixOf(number);
    const series = `${tenant}\u001f${prefix}`;
    const before = ends.get(series) ?? { place: 0, at };
    const place = before.place + 1;
    ends.set(series, { place, at });
    const isNext = Number(number.slice(prefix.length)) === place;
    const name = `${all} = numbers without a gap`;
    sheet.compare({ tenant, name, what: number }, 1, isNext ? 1 : 0);
    const dated = `${all} = dates in the order of their numbers`;
    sheet.compare({ tenant, name: dated, what: number }, 1, before.at <= at ? 1 : 0);
  }
}

/** The journal is one chain, and each head signs it, the cut it was made at, and all cuts before. */
export function compareChain(
  journal: readonly JournalFact[],
  cuts: Cuts,
  publicKey: KeyObject,
  sheet: Sheet,
): void {
  let [seq, hash] = [-1, genesisHash];
  for (const fact of journal) {
    switch (fact.kind) {
      case "StepBegun":
        break;
      case "TransactionPosted": {
        const isNext =
          fact.seq === seq + 1 &&
          isSame(fact.previous, hash) &&
          isSame(fact.hash, chainHash(hash, fact));
        sheet.compare(
          {
            tenant: "",
            name: "transactions = links of the chain",
            what: `transaction ${fact.seq}`,
          },
          1,
          isNext ? 1 : 0,
        );
        ({ seq, hash } = fact);
        break;
      }
      case "HeadSigned": {
        const root = cuts.closed[fact.cut]?.root;
        const isOurs = isHeadSigned(fact, publicKey) && fact.seq === seq && isSame(fact.hash, hash);
        const isRight = isOurs && root !== undefined && isSame(fact.cut_root, root);
        sheet.compare(
          { tenant: "", name: "heads = heads with a valid signature", what: `step ${fact.step}` },
          1,
          isRight ? 1 : 0,
        );
      }
    }
  }
}

/** The root of each cut follows from its parts, what was filled and is known from it on, and the root before it. */
export function compareRoots(cuts: Cuts, last: number, sheet: Sheet): void {
  let before = noRoot;
  for (const { cut, root } of cuts.closed.slice(0, last + 1)) {
    const computed = rootOf(cuts, cut, before);
    sheet.compare(
      { tenant: "", name: "cuts = roots that follow from their parts", what: `cut ${cut}` },
      1,
      computed !== undefined && isSame(root, computed) ? 1 : 0,
    );
    before = root;
  }
}

/** What a transaction asks of the customer: the sum of its shares, which its evidence holds. */
function postedBy({ postings }: TransactionPosted): Decimal {
  return sum(
    postings
      .filter(({ account }) => account.startsWith("assets:receivable:"))
      .map(({ amount }) => decimal(amount)),
  );
}

/** What a transaction owes to a jurisdiction. */
function owedBy({ postings }: TransactionPosted): Decimal {
  const owed = postings.filter(({ account }) => account.startsWith("liabilities:tax:"));
  return negate(sum(owed.map(({ amount }) => decimal(amount))));
}

function majorOf(minor: string, code: string): Decimal {
  const currency = currencyOf(code);
  if (currency === undefined) throw new Error(`${code} is no currency`);
  return majorUnits(minor, currency);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

const zero = decimal("0");
