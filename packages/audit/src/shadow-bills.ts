import { objectsOf } from "@tallybook/catalog";
import type { Catalog, ExpectedBill, PlanDetails } from "@tallybook/catalog";
import { roundLines } from "@tallybook/invoice";
import type { InvoiceDrafted, InvoiceFinalized } from "@tallybook/invoice";
import { parseTime } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";

import type { Books } from "./books.ts";

/** A line of a bill here, finalized or not. */
export interface BilledLine {
  readonly meter: string | null;
  readonly plan: string;
  /** Of the plan; null where it has none. */
  readonly product: string | null;
  /** Name of its price. */
  readonly price: string | null;
  readonly description: string;
  readonly quantity: string;
  /** Minor units. */
  readonly amount: bigint;
}

/** All that a customer is billed for periods that begin in one stretch of time. */
export interface BilledHere {
  readonly customer: string;
  readonly currency: string;
  readonly period_from: Micros;
  readonly lines: readonly BilledLine[];
}

/** What another system has billed for periods that begin in a stretch of time. */
export function expectedIn(
  catalog: Catalog,
  tenant: string,
  { from, to }: Period,
): (ExpectedBill & { readonly period: Period })[] {
  return [...objectsOf(catalog, tenant, "expected_bills").values()].flatMap((versions) => {
    const version = versions.at(-1);
    if (version === undefined || version.archived) return [];
    const bill = version.body as ExpectedBill;
    const period = { from: parseTime(bill.from) ?? 0, to: parseTime(bill.until) ?? 0 };
    return period.from >= from && period.from < to ? [{ ...bill, period }] : [];
  });
}

/** A tenant's invoices and drafts of periods that begin in a stretch of time; a draft that was finalized is its invoice. */
export function billedIn(books: Books, tenant: string, { from, to }: Period): BilledHere[] {
  const finalized = books.invoices.map(({ fact }) => fact);
  const ids = new Set(finalized.map(({ invoice }) => invoice));
  const drafts = books.drafts
    .map(({ fact }) => fact)
    .filter(({ invoice }) => !ids.has(invoice))
    .map((draft) => ({ ...draft, ...roundLines(draft) }));
  const evidence = new Map(
    books.journal.flatMap(({ fact }) =>
      fact.kind === "TransactionPosted" ? [[fact.id, fact.evidence] as const] : [],
    ),
  );
  const isMeant = (of: Pick<InvoiceFinalized | InvoiceDrafted, "tenant" | "period_from">) =>
    of.tenant === tenant && from <= of.period_from && of.period_from < to;
  return [...finalized, ...drafts].filter(isMeant).map((bill) => ({
    customer: bill.customer,
    currency: bill.currency,
    period_from: bill.period_from,
    lines: bill.lines.map(({ meter, transaction, description, quantity, amount }) => {
      const { plan, price } = evidence.get(transaction) ?? { plan: bill.plan, price: null };
      const product = productOf(books.history.now, tenant, plan);
      return { meter, plan, product, price, description, quantity, amount: BigInt(amount) };
    }),
  }));
}

function productOf(catalog: Catalog, tenant: string, plan: string): string | null {
  const details = objectsOf(catalog, tenant, "plan_details").get(plan)?.at(-1)?.body;
  return (details as PlanDetails | undefined)?.product ?? null;
}
