import type { Columns } from "@tallybook/columns";
import { inOlderForm, isApart } from "@tallybook/journal";
import type { Rating, StepBasis } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { describePrice } from "@tallybook/pricing";
import { mergedQuantity, timeOf } from "@tallybook/usage";
import type { UsageRow } from "@tallybook/usage";

import { bearsOn } from "./bears-on.ts";
import type { Books } from "./books.ts";
import { compareLine } from "./compare-line.ts";
import { compareBefore, compareTransaction, pair } from "./compare-transaction.ts";
import type { Use } from "./events.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import { isWrittenOff } from "./line-usage.ts";
import type { LineUsage } from "./line-usage.ts";
import { ratedAgain } from "./rated-again.ts";
import { replayDiscount } from "./replay-discount.ts";
import { replayOrdered } from "./replay-ordered.ts";
import type { Compared, ReplayedLine } from "./replayed.ts";
import { sentenceOf, writtenOffSentence } from "./sentence.ts";
import { columnsStep, lineOf, verdictOf } from "./verdict.ts";

/** A line computed again from the usage of its customer; `usage`: null where it follows from none. */
export async function replayLine(
  {
    books,
    columns,
  }: {
    readonly books: Books;
    readonly columns: Pick<Columns, "readUsage"> | undefined;
  },
  grounds: LineGrounds,
  { invoice, usage }: { readonly invoice: Replayable; readonly usage: LineUsage },
): Promise<ReplayedLine> {
  const { line, billed, posted, basis, rated: ratedGrounds } = grounds;
  if (ratedGrounds === null)
    return posted.fact.transaction_kind === "discount"
      ? replayDiscount(books, grounds, invoice)
      : replayOrdered(books, grounds, invoice);
  const { rating, price, use } = ratedGrounds;
  const { meter } = posted.fact.evidence;
  const writtenOff = isWrittenOff(grounds, invoice) ? posted.fact.evidence.written_off : null;
  const { rows, lineRows, meter_versions: versions, merging, ...shown } = usage;

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
            versions,
            merging,
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
    ...shown,
    rollup: slotsOf(lineRows),
    postings: posted.fact.postings,
    compared,
    verdict: verdictOf(compared),
  };
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
