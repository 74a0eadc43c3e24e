import type { Columns } from "@tallybook/columns";
import { isApart, meteredUsage, rateCharge } from "@tallybook/journal";
import type { KafkaOptions, Log } from "@tallybook/log";
import { decimal, sub, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { timeOf } from "@tallybook/usage";
import type { Cuts, UsageRow } from "@tallybook/usage";

import { bearsOn } from "./bears-on.ts";
import { readBooks } from "./books.ts";
import type { Books } from "./books.ts";
import type { DecidedRecord } from "./decider.ts";
import { createEventRollup, eventRow, meteredBy, standingBeside } from "./events.ts";
import type { EventRollup } from "./events.ts";
import { gather } from "./gather.ts";
import type { Consumer } from "./gather.ts";
import { groundsOf } from "./line-grounds.ts";
import type { UsageLine } from "./line-usage.ts";
import { invoiceOf, NoSuchLine, unionOf } from "./replay.ts";

export interface KnownAtOptions {
  readonly log: Log;
  readonly columns?: Pick<Columns, "readNamed" | "readStretches">;
  readonly tenant?: string;
  /** Id or number, of an invoice or a draft. */
  readonly invoice: string;
  /** A cut, or the last one that is closed at a time. */
  readonly at: { readonly cut: number } | { readonly time: Micros };
  /** Reads all of `usage.raw`, instead of what ClickHouse names. */
  readonly full?: boolean;
  readonly kafka?: KafkaOptions;
  /** Records that are held in memory at once, where there are more. */
  readonly heldMax?: number;
}

/** What a price of a period came to when it was billed, and what it comes to by what was known at another cut. */
export interface PeriodKnown {
  readonly subscription: string;
  readonly plan: string;
  readonly price: string;
  readonly meter: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** Of the last transaction of it that the invoice has. */
  readonly billed: {
    readonly cut: number;
    readonly quantity: DecimalText;
    readonly amount: DecimalText;
  };
  readonly known: { readonly quantity: DecimalText; readonly amount: DecimalText };
  /** Known less billed, major units. */
  readonly difference: DecimalText;
}

export interface KnownAt {
  readonly invoice: string;
  readonly number: string;
  readonly currency: string;
  /** The cut whose knowledge counts. */
  readonly cut: number;
  /** Its time, RFC 3339. */
  readonly time: string;
  /** Of usage; fees and what was ordered follow from no usage. */
  readonly periods: readonly PeriodKnown[];
}

/**
 * What the periods of an invoice come to by the usage that was known at a cut, before or after the one that they were billed at, by the
 * prices that they were billed by: what did we know when we billed, what should it have been. Throws `NoSuchLine`.
 */
export async function knownAt(options: KnownAtOptions): Promise<KnownAt> {
  const books = await readBooks(options.log);
  const invoice = invoiceOf(books, options.tenant, options.invoice);
  const cut = cutOf(books.cuts, options.at);
  const closed = books.cuts.closed[cut];
  if (closed === undefined) throw new NoSuchLine(`there is no closed cut ${cut}`);
  const grounds = groundsOf(books);
  const last = new Map<string, UsageLine>();
  for (const [at, billed] of invoice.lines.entries()) {
    const line = grounds(billed, at + 1);
    const use = line.rated?.use ?? null;
    if (line.rated === null || use === null) continue;
    const { evidence } = line.posted.fact;
    const key = JSON.stringify([
      evidence.subscription,
      evidence.period_from,
      evidence.plan,
      evidence.price,
    ]);
    if ((last.get(key)?.posted.fact.seq ?? -1) >= line.posted.fact.seq) continue;
    last.set(key, { ...line, rated: { ...line.rated, use: { ...use, cutMax: cut } } });
  }
  const uses = [...last.values()].map(({ rated }) => rated.use);
  const { columns, full = false } = options;
  const lines = [...last.values()];
  const consume = (corrections: readonly DecidedRecord[]) => usageOf(books, lines, corrections);
  const usage =
    uses.length === 0
      ? consume([])
      : (await gather({ ...options, columns, full }, books, { use: unionOf(uses), consume }))
          .consumer;
  return {
    invoice: invoice.invoice,
    number: invoice.number,
    currency: invoice.currency,
    cut,
    time: formatTime(closed.time),
    periods: lines.map((line) => periodKnown(line, usage.rowsOf(line))),
  };
}

function cutOf({ closed }: Cuts, at: KnownAtOptions["at"]): number {
  return "cut" in at ? at.cut : closed.findLastIndex(({ time }) => time <= at.time);
}

/** The usage of some lines, while records come one by one. */
function usageOf(
  books: Books,
  lines: readonly UsageLine[],
  corrections: readonly DecidedRecord[],
): Consumer & { readonly rowsOf: (line: UsageLine) => UsageRow[] } {
  const rollups = new Map<UsageLine, EventRollup>();
  const takers = lines.map((line) => {
    const { basis, rated } = line;
    const catalog = basis.catalogAt(rated.rating.catalog_offset);
    const metered = meteredBy(books, rated.use, corrections);
    const isStanding = standingBeside(corrections.flatMap(metered));
    const rollup = createEventRollup((row) => isApart(row, { ...basis, catalog }), isStanding);
    rollups.set(line, rollup);
    return (record: DecidedRecord) => {
      for (const each of metered(record))
        if (bearsOn(eventRow(each), rated.rating, basis)) rollup.take(each);
    };
  });
  return {
    take(record) {
      if (record.kind === "accepted") for (const take of takers) take(record);
    },
    rowsOf: (line) => rollups.get(line)?.rows() ?? [],
  };
}

function periodKnown(
  { posted, basis, rated: { rating, price } }: UsageLine,
  rows: readonly UsageRow[],
): PeriodKnown {
  const { evidence } = posted.fact;
  const catalog = basis.catalogAt(rating.catalog_offset);
  const isEarlier = (row: UsageRow) => timeOf(row) < rating.period.from;
  const usage = { rows: rows.filter((row) => !isEarlier(row)), earlier: rows.filter(isEarlier) };
  const { quantity, amount } = rateCharge(
    price,
    meteredUsage(rating, evidence.meter ?? "", usage, catalog),
    { part: rating.part, isInterim: evidence.in_advance },
  );
  return {
    subscription: evidence.subscription,
    plan: evidence.plan,
    price: price.price,
    meter: evidence.meter ?? "",
    from: formatTime(evidence.period_from),
    to: formatTime(evidence.period_to),
    billed: { cut: evidence.cut, quantity: evidence.quantity, amount: evidence.amount },
    known: { quantity: toText(quantity), amount: toText(amount) },
    difference: toText(sub(amount, decimal(evidence.amount))),
  };
}
