import { meterVersionFor } from "@tallybook/catalog";
import type { MeterPublished, SoldPrice } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import { roundLines } from "@tallybook/invoice";
import {
  dimensionsKey,
  emptyLedger,
  evolveLedger,
  inOlderForm,
  isApart,
  isOrdered,
  ownerOf,
  ratedPeriod,
  ratingOf,
} from "@tallybook/journal";
import type { Rating, StepBasis, TransactionPosted } from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import { toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { describePrice } from "@tallybook/pricing";
import { mergedQuantity, rowsOfMeter, timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { readBooks } from "./books.ts";
import type { Books, Placed } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareBefore, compareTransaction, pair } from "./compare-transaction.ts";
import { countInRaw, eventRow, readEvents, rollUp } from "./events.ts";
import type { MeteredEvent, Use } from "./events.ts";
import { replayOrdered } from "./replay-ordered.ts";
import { columnsStep, lineOf, verdictOf } from "./replay-line.ts";
import type { Replayable } from "./replay-line.ts";
import { ratedAgain, ratingThen } from "./rated-again.ts";
import type { Compared, Replay } from "./replayed.ts";
import { sentenceOf } from "./sentence.ts";

export interface ReplayOptions {
  readonly log: Log;
  /** With it, the rollup is also compared with ClickHouse's. */
  readonly columns?: Pick<Columns, "readUsage">;
  /** Any, unless given; a number that several tenants have then names no invoice. */
  readonly tenant?: string;
  /** Id or number. */
  readonly invoice: string;
  /** From 1. */
  readonly line: number;
}

/** What was asked for is not there. */
export class NoSuchLine extends Error {
  override readonly name = "NoSuchLine";
}

/**
 * Computes a line of an invoice again from the log: its events, what the meter made of them, the rating by the catalog of
 * its first rating, the transaction, and the line's share of the invoice's cents. The very functions of the services do it.
 * Throws `NoSuchLine`.
 */
export async function replay({
  log,
  columns,
  tenant,
  invoice: name,
  line,
}: ReplayOptions): Promise<Replay> {
  const books = await readBooks(log);
  const invoice = invoiceOf(books, tenant, name);
  const billed = invoice.lines[line - 1];
  if (billed === undefined)
    throw new NoSuchLine(
      `${invoice.number} has lines 1 to ${invoice.lines.length}, and no line ${line}`,
    );

  const posted = transactionOf(books, billed.transaction);
  const basis = basisOf(books, posted.fact);
  if (isOrdered(posted.fact)) return replayOrdered(books, basis, { invoice, billed, line, posted });
  const rating = ratingAgain(basis, posted.fact);
  const price = priceOf(rating, posted.fact);
  const { meter } = posted.fact.evidence;
  const version = meter === null ? undefined : meterOf(rating, meter, basis);
  const use = meter === null ? null : useOfMeter(meter, version, rating, basis);
  const events =
    use === null
      ? []
      : (await readEvents(log, books, use)).filter((each) =>
          bearsOn(eventRow(each), rating, basis),
        );
  const ofLine = events.filter((each) =>
    rowsOfMeter(meter ?? "", version, [eventRow(each)]).some(
      ({ dimensions }) => dimensionsKey(dimensions) === dimensionsKey(billed.dimensions),
    ),
  );
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const rollUpAgain = (own: readonly MeteredEvent[]) =>
    rollUp(own, (row) => isApart(row, { ...basis, catalog }));
  const rows = rollUpAgain(events);

  const { explanation } = posted.fact.evidence;
  const rated = ratedAgain(basis, rating, posted.fact, rows);
  // What was posted before evidence had explanations is compared in its own form.
  const recomputed =
    rated !== undefined && explanation === null ? inOlderForm(rated, price) : rated;
  const compared = [
    ...(use === null
      ? []
      : await compareUsage({ log, columns }, { use, events, rows, rating, basis })),
    ...(rating.rated === null ? [] : [compareBefore(posted.fact, rating.rated)]),
    ...compareTransaction(posted.fact, recomputed),
    ...compareLine(books, basis, { invoice, billed, line, posted: posted.fact, recomputed }),
  ];
  return {
    ...lineOf({ invoice, billed, line, posted }),
    catalog_offset: rating.catalog_offset,
    meter:
      meter === null
        ? null
        : {
            meter,
            versions: [...new Set(ofLine.map(({ measurement }) => measurement.meter_version))],
            merging: ofLine[0]?.measurement.merging ?? null,
          },
    price: {
      plan: price.plan,
      plan_version: price.plan_version,
      price: price.price,
      text: describePrice(price, rating.plan.currency),
    },
    explanation: sentenceOf(rated ?? posted.fact, billed, invoice.currency),
    events: ofLine.toSorted(byTime).map(eventView),
    rollup: slotsOf(rollUpAgain(ofLine)),
    postings: posted.fact.postings,
    compared,
    verdict: verdictOf(compared),
  };
}

function invoiceOf(books: Books, tenant: string | undefined, name: string): Replayable {
  const isMeant = (each: Replayable) =>
    (tenant === undefined || each.tenant === tenant) &&
    (each.invoice === name || each.number === name);
  const [found, ...others] = books.invoices.map(({ fact }) => fact).filter(isMeant);
  if (others.length > 0)
    throw new NoSuchLine(`several tenants have an invoice ${name}: name it by its id`);
  const invoice = found ?? draftsOf(books).find(isMeant);
  if (invoice === undefined) throw new NoSuchLine(`there is no invoice ${name}`);
  return invoice;
}

function draftsOf({ drafts }: Books): Replayable[] {
  return drafts.map(({ fact }) => ({ ...fact, ...roundLines(fact), number: fact.invoice }));
}

function byTime(a: MeteredEvent, b: MeteredEvent): number {
  return (
    a.event.time - b.event.time ||
    a.partition - b.partition ||
    a.event.raw_offset - b.event.raw_offset
  );
}

function transactionOf({ journal }: Books, id: string): Placed<TransactionPosted> {
  for (const { offset, fact } of journal) {
    if (fact.kind === "TransactionPosted" && fact.id === id) return { offset, fact };
  }
  throw new Error(`the journal has no transaction ${id}, which an invoice names`);
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

/** Whether it is usage of the period, or was before it. */
function bearsOn(row: UsageRow, rating: Rating, basis: StepBasis): boolean {
  return timeOf(row) < rating.period.from || isOwnUse(row, rating, basis);
}

function isOwnUse(use: Parameters<typeof ownerOf>[0], rating: Rating, basis: StepBasis): boolean {
  const owner = ownerOf(use, { ...basis, catalog: basis.catalogAt(basis.begun.catalog_offset) });
  switch (owner.kind) {
    case "rated":
      return owner.rated === rating.rated;
    case "open": {
      const { from, to } = rating.period;
      const isOfPeriod = from <= timeOf(use) && timeOf(use) < to;
      const isOfSubscription = owner.subscription.subscription === rating.subscription;
      return rating.rated === null && isOfSubscription && isOfPeriod;
    }
    case "unattributed":
      return false;
  }
}

async function compareUsage(
  { log, columns }: { readonly log: Log; readonly columns: Pick<Columns, "readUsage"> | undefined },
  of: {
    readonly use: Use;
    readonly events: readonly MeteredEvent[];
    readonly rows: readonly UsageRow[];
    readonly rating: Rating;
    readonly basis: StepBasis;
  },
): Promise<Compared[]> {
  const { use, events, rows, rating, basis } = of;
  const compared = [
    pair(
      "events",
      "accepted, found in usage.raw with the same content",
      String(events.length),
      String(await countInRaw(log, events)),
    ),
  ];
  if (columns === undefined) return compared;
  const { tenant, customer, from, to, cutMax } = use;
  const inColumns = (
    await columns.readUsage({
      tenant,
      from,
      to,
      cutMax,
      fills: basis.fills,
      customers: [customer],
      isApart: (row) =>
        isApart(row, { ...basis, catalog: basis.catalogAt(basis.begun.catalog_offset) }),
    })
  ).filter(
    (row) => use.meters.includes(row.meter) && timeOf(row) >= from && bearsOn(row, rating, basis),
  );
  return [
    ...compared,
    pair(
      columnsStep,
      "quantity of all dimensions, in ClickHouse",
      quantityText(inColumns),
      quantityText(rows),
    ),
  ];
}

function eventView({ partition, event, measurement }: MeteredEvent): Replay["events"][number] {
  return {
    partition,
    offset: event.raw_offset,
    source: event.source,
    id: event.id,
    time: formatTime(event.time),
    quantity: measurement.quantity,
    value: measurement.value,
    cut: event.cut,
    dimensions: measurement.dimensions,
  };
}

function slotsOf(rows: readonly UsageRow[]): Replay["rollup"] {
  return [...Map.groupBy(rows, ({ slot }) => slot)]
    .sort(([a], [b]) => a - b)
    .map(([slot, own]) => ({
      slot: formatTime(slot),
      quantity: quantityText(own),
      count: own.reduce((count, row) => count + row.count, 0),
    }));
}

function quantityText(rows: readonly UsageRow[]): string {
  return toText(mergedQuantity(rows));
}
