import type { Columns } from "@tallybook/columns";
import { dimensionsKey, inOlderForm, isApart, ownerOf } from "@tallybook/journal";
import type { Rating, StepBasis, WrittenOff } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { describePrice } from "@tallybook/pricing";
import { mergedQuantity, rowsOfMeter, timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import type { Books } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareBefore, compareTransaction, pair } from "./compare-transaction.ts";
import type { DecidedRecord } from "./decider.ts";
import { eventRow, meterRecords, rollUp, standing } from "./events.ts";
import type { MeteredEvent, Use } from "./events.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import { ratedAgain } from "./rated-again.ts";
import { replayDiscount } from "./replay-discount.ts";
import { replayOrdered } from "./replay-ordered.ts";
import type { Compared, ReplayedLine, UncountedRecord } from "./replayed.ts";
import { sentenceOf, writtenOffSentence } from "./sentence.ts";
import { columnsStep, lineOf, verdictOf } from "./verdict.ts";

/** A line computed again from the records of its customer. */
export async function replayLine(
  {
    books,
    columns,
  }: {
    readonly books: Books;
    readonly columns: Pick<Columns, "readUsage"> | undefined;
  },
  grounds: LineGrounds,
  {
    invoice,
    records,
  }: {
    readonly invoice: Replayable;
    readonly records: readonly DecidedRecord[];
  },
): Promise<ReplayedLine> {
  const { line, billed, posted, basis, rated: ratedGrounds } = grounds;
  if (ratedGrounds === null)
    return posted.fact.transaction_kind === "discount"
      ? replayDiscount(books, grounds, invoice)
      : replayOrdered(books, grounds, invoice);
  const { rating, price, version, use } = ratedGrounds;
  const { meter } = posted.fact.evidence;
  const counted = records.filter(({ kind }) => kind === "accepted");
  const events =
    use === null
      ? []
      : meterRecords(books, counted, use).filter((each) => bearsOn(eventRow(each), rating, basis));
  const writtenOff = writtenOffBy(grounds, invoice);
  const isOfLine = (each: MeteredEvent) =>
    writtenOff !== null ||
    rowsOfMeter(meter ?? "", version, [eventRow(each)]).some(
      ({ dimensions }) => dimensionsKey(dimensions) === dimensionsKey(billed.dimensions),
    );
  const ofLine = events.filter(isOfLine);
  const catalog = basis.catalogAt(basis.begun.catalog_offset);
  const rollUpAgain = (own: readonly MeteredEvent[]) =>
    rollUp(own, (row) => isApart(row, { ...basis, catalog }));
  const rows = rollUpAgain(events);

  const { evidence } = posted.fact;
  const rated = ratedAgain(basis, rating, posted.fact, rows);
  // What was posted before evidence had explanations is compared in its own form.
  const recomputed =
    rated !== undefined && evidence.explanation === null ? inOlderForm(rated, price) : rated;
  const compared = [
    ...(use === null || columns === undefined
      ? []
      : [await compareRollups(columns, { use, rows, rating, basis })]),
    ...(rating.rated === null ? [] : [compareBefore(posted.fact, rating.rated)]),
    ...compareTransaction(posted.fact, recomputed),
    ...compareLine(books, basis, { invoice, billed, line, posted: posted.fact, recomputed }),
  ];
  return {
    ...lineOf(grounds),
    catalog_offset: rating.catalog_offset,
    contract:
      evidence.contract === null
        ? null
        : { contract: evidence.contract, version: evidence.contract_version ?? 0 },
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
    explanation:
      writtenOff === null
        ? sentenceOf(rated ?? posted.fact, billed, invoice.currency)
        : writtenOffSentence(writtenOff, billed, invoice.currency),
    events: standing(ofLine).toSorted(byTime).map(eventView),
    uncounted: use === null ? [] : uncountedOf(books, records, use, isOfLine),
    rollup: slotsOf(rollUpAgain(ofLine)),
    postings: posted.fact.postings,
    compared,
    verdict: verdictOf(compared),
  };
}

/** What an adjustment writes off has the last of its lines. */
function writtenOffBy({ line, posted }: LineGrounds, { lines }: Replayable): WrittenOff | null {
  const { id, evidence } = posted.fact;
  const last = lines.findLastIndex(({ transaction }) => transaction === id);
  return line === last + 1 ? evidence.written_off : null;
}

function byTime(a: MeteredEvent, b: MeteredEvent): number {
  return (
    a.event.time - b.event.time ||
    a.partition - b.partition ||
    a.event.raw_offset - b.event.raw_offset
  );
}

/** Whether it is usage of the period, or was before it. */
export function bearsOn(row: UsageRow, rating: Rating, basis: StepBasis): boolean {
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

async function compareRollups(
  columns: Pick<Columns, "readUsage">,
  of: {
    readonly use: Use;
    readonly rows: readonly UsageRow[];
    readonly rating: Rating;
    readonly basis: StepBasis;
  },
): Promise<Compared> {
  const { use, rows, rating, basis } = of;
  const { tenant, customer, meters, from, to, cutMax } = use;
  const inColumns = await columns.readUsage({
    tenant,
    from,
    to,
    cutMax,
    fills: basis.fills,
    customers: [customer],
    meters,
    isApart: (row) =>
      isApart(row, { ...basis, catalog: basis.catalogAt(basis.begun.catalog_offset) }),
  });
  const own = inColumns.filter(
    (row) => use.meters.includes(row.meter) && timeOf(row) >= from && bearsOn(row, rating, basis),
  );
  const what = "quantity of all dimensions, in the rollups";
  return pair(columnsStep, what, quantityText(own), quantityText(rows));
}

function eventView({
  partition,
  event,
  measurement,
}: MeteredEvent): ReplayedLine["events"][number] {
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
    backfill: event.backfill,
  };
}

/** Records that do not count, and that the meters would have put on the line. */
function uncountedOf(
  books: Books,
  records: readonly DecidedRecord[],
  use: Use,
  isOfLine: (event: MeteredEvent) => boolean,
): UncountedRecord[] {
  const others = records.filter(({ kind }) => kind !== "accepted");
  const placeOf = (partition: number, offset: number) => `${partition}/${offset}`;
  const byPlace = new Map(
    others.map((each) => [placeOf(each.partition, each.offset), each] as const),
  );
  return meterRecords(books, others, use)
    .filter(isOfLine)
    .flatMap((metered) => {
      const { event, partition } = metered;
      const decided = byPlace.get(placeOf(partition, event.raw_offset));
      if (decided === undefined || decided.kind === "accepted") return [];
      const { kind: decision, reason, detail, original } = decided;
      const { cut: _, ...view } = eventView(metered);
      return [{ ...view, decision, reason, detail, original }];
    });
}

function slotsOf(rows: readonly UsageRow[]): ReplayedLine["rollup"] {
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
