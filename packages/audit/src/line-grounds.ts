import { meterVersionFor } from "@tallybook/catalog";
import type { MeterPublished, SoldPrice } from "@tallybook/catalog";
import type { InvoiceFinalized, InvoiceLine } from "@tallybook/invoice";
import { emptyLedger, evolveLedger, isOrdered, ratedPeriod, ratingOf } from "@tallybook/journal";
import type { Rating, StepBasis, TransactionPosted } from "@tallybook/journal";

import type { Books, Placed } from "./books.ts";
import type { Use } from "./events.ts";
import { ratingThen } from "./rated-again.ts";

/** What a replay needs of an invoice, or of a draft as it would be. */
export type Replayable = Pick<
  InvoiceFinalized,
  | "tenant"
  | "customer"
  | "invoice"
  | "number"
  | "currency"
  | "lines"
  | "parts"
  | "subscription"
  | "plan"
  | "plan_version"
  | "period_from"
  | "period_to"
  | "total"
  | "journal_step"
  | "taxes"
  | "tax_basis"
>;

/** What a line was computed from, taken from the log: everything but its events. */
export interface LineGrounds {
  /** From 1. */
  readonly line: number;
  readonly billed: InvoiceLine;
  readonly posted: Placed<TransactionPosted>;
  readonly basis: StepBasis;
  /** Null for what somebody ordered, and what a coupon takes off: they follow from no rating. */
  readonly rated: RatedGrounds | null;
}

export interface RatedGrounds {
  readonly rating: Rating;
  readonly price: SoldPrice;
  readonly version: MeterPublished | undefined;
  /** Null for a fee. */
  readonly use: Use | null;
}

/** What each line of an invoice was computed from. Throws where the log does not have it. */
export function groundsOf(books: Books): (billed: InvoiceLine, line: number) => LineGrounds {
  const transactions = new Map(
    books.journal.flatMap(({ offset, fact }) =>
      fact.kind === "TransactionPosted" ? [[fact.id, { offset, fact }] as const] : [],
    ),
  );
  const basisOfStep = new Map<number, StepBasis>();
  return (billed, line) => {
    const posted = transactions.get(billed.transaction);
    if (posted === undefined)
      throw new Error(
        `the journal has no transaction ${billed.transaction}, which an invoice names`,
      );
    const basis = basisOfStep.get(posted.fact.step) ?? basisOf(books, posted.fact);
    basisOfStep.set(posted.fact.step, basis);
    const rated = isOfRating(posted.fact) ? ratedGrounds(basis, posted.fact) : null;
    return { line, billed, posted, basis, rated };
  };
}

function isOfRating(posted: TransactionPosted): boolean {
  return posted.transaction_kind !== "discount" && !isOrdered(posted);
}

function ratedGrounds(basis: StepBasis, posted: TransactionPosted): RatedGrounds {
  const rating = ratingAgain(basis, posted);
  const price = priceOf(rating, posted);
  const { meter } = posted.evidence;
  const version = meter === null ? undefined : meterOf(rating, meter, basis);
  const use = meter === null ? null : useOfMeter(meter, version, rating, basis);
  return { rating, price, version, use };
}

/** What the step of a transaction was computed from: its StepBegun, and the journal before it. */
function basisOf({ journal, history, cuts }: Books, { step }: TransactionPosted): StepBasis {
  const ledger = emptyLedger();
  for (const { fact } of journal) {
    if (fact.kind === "StepBegun" && fact.step === step) {
      const catalogAt = (offset: number) => history.at(offset);
      return { begun: fact, ledger, catalogAt, opened: cuts.opened, fills: cuts.fills };
    }
    evolveLedger(ledger, fact);
  }
  throw new Error(`the journal has no beginning of step ${step}`);
}

function ratingAgain(basis: StepBasis, posted: TransactionPosted): Rating {
  const { tenant, evidence, transaction_kind } = posted;
  const rated = ratedPeriod(basis.ledger, { tenant, ...evidence }, evidence.period_from);
  const isOfRated = transaction_kind === "adjustment" && !evidence.in_advance;
  return isOfRated && rated !== undefined
    ? ratingOf(rated, basis.catalogAt)
    : ratingThen(basis, posted);
}

function priceOf({ prices, catalog_offset }: Rating, { evidence }: TransactionPosted): SoldPrice {
  const price = prices.find((each) => each.plan === evidence.plan && each.price === evidence.price);
  if (price !== undefined) return price;
  throw new Error(
    `by the catalog below offset ${catalog_offset}, ${evidence.subscription} is not billed by price ${evidence.price} of plan ${evidence.plan}`,
  );
}

/** The version of a meter that says how the period's quantity is made. */
function meterOf(
  { tenant, catalog_offset, period }: Rating,
  meter: string,
  { catalogAt }: StepBasis,
): MeterPublished | undefined {
  return meterVersionFor(catalogAt(catalog_offset), tenant, meter, period.from);
}

/** Where the quantity of a period comes from: of a composite its parts, of a weighted sum all that happened before as well. */
function useOfMeter(
  meter: string,
  version: MeterPublished | undefined,
  { tenant, customer, period }: Rating,
  { begun }: StepBasis,
): Use {
  const parts = version?.parts.map((part) => part.meter) ?? [];
  const meters = parts.length === 0 ? [meter] : parts;
  const from = version?.aggregation === "weighted_sum" ? 0 : period.from;
  return { tenant, customer, meters, from, to: period.to, cutMax: begun.cut };
}
