import type { Columns } from "@tallybook/columns";
import { roundLines } from "@tallybook/invoice";
import type { KafkaOptions, Log } from "@tallybook/log";

import { readBooks } from "./books.ts";
import type { Books } from "./books.ts";
import type { Use } from "./events.ts";
import { gather, gatherDecided } from "./gather.ts";
import type { Consumer, Gathered, GatherOptions, Gathering } from "./gather.ts";
import { groundsOf } from "./line-grounds.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import { createLineUsage, noUsage } from "./line-usage.ts";
import type { LineUsage, UsageLine } from "./line-usage.ts";
import { replayLine } from "./replay-line.ts";
import type { Reading, Replay, ReplayedLine, Verdict } from "./replayed.ts";
import { verdictOf } from "./verdict.ts";

/** Where from, and how. */
export interface ReplayMeans {
  readonly log: Log;
  /** Says which events there are, unless all of the log is read; what it says is compared with the log. */
  readonly columns?: Pick<Columns, "readUsage" | "readNamed" | "readStretches">;
  /** Any, unless given; a number that several tenants have then names no invoice. */
  readonly tenant?: string;
  /** Reads all of `usage.raw` up to the cut and decides each record again: no word of ClickHouse is needed then. */
  readonly full?: boolean;
  /** Where the log is, for threads of their own; without it one thread decides all. */
  readonly kafka?: KafkaOptions;
  readonly threadsMax?: number;
  /** Records of a partition from which on threads are used; 50,000 unless given. */
  readonly threadsFrom?: number;
  /** Events of a line, and records that do not count, that are shown; all are counted. 1,000 unless given. */
  readonly shownMax?: number;
  /** Records that are held in memory at once, where there are more; 200,000 unless given. */
  readonly heldMax?: number;
}

export interface ReplayOptions extends ReplayMeans {
  /** Id or number, of an invoice or a draft. */
  readonly invoice: string;
  /** From 1; all lines unless given. */
  readonly line?: number | undefined;
}

/** What was asked for is not there. */
export class NoSuchLine extends Error {
  override readonly name = "NoSuchLine";
}

/**
 * Computes lines of an invoice again from the log: its events, what the meter made of them, the rating by the catalog of
 * its first rating, the transaction, and the line's share of the invoice's cents. The very functions of the services do it.
 * Throws `NoSuchLine`.
 */
export async function replay({ invoice: name, line, ...means }: ReplayOptions): Promise<Replay> {
  const books = await readBooks(means.log);
  const invoice = invoiceOf(books, means.tenant, name);
  const { number, lines } = invoice;
  if (line !== undefined && lines[line - 1] === undefined)
    throw new NoSuchLine(`${number} has lines 1 to ${lines.length}, and no line ${line}`);
  const asked = askedOf(invoice, groundsOf(books), line);
  const gathering = gatheringOf(means, books, asked);
  const gathered =
    gathering === undefined ? undefined : await gather(optionsOf(means), books, gathering);
  return replayAsked(means, books, asked, gathered);
}

/** Invoices that one reading of all of the log is for: what their usage comes to, hour by hour, is in memory. */
const invoicesAtOnce = 5_000;

/**
 * Computes every invoice, and every draft that is none yet, again, one after the other; with `full` from one reading of the log for thousands
 * of them.
 */
export async function* replayAll(means: ReplayMeans): AsyncGenerator<Replay> {
  const books = await readBooks(means.log);
  const grounds = groundsOf(books);
  const invoices = books.invoices.map(({ fact }) => fact);
  const finalized = new Set(invoices.map(({ invoice }) => invoice));
  const drafts = draftsOf(books).filter(({ invoice }) => !finalized.has(invoice));
  const all = [...invoices, ...drafts]
    .filter(({ tenant }) => means.tenant === undefined || tenant === means.tenant)
    .map((invoice) => askedOf(invoice, grounds, undefined));
  for (let at = 0; at < all.length; at += invoicesAtOnce)
    yield* replayMany(means, books, all.slice(at, at + invoicesAtOnce));
}

async function* replayMany(
  means: ReplayMeans,
  books: Books,
  all: readonly Asked[],
): AsyncGenerator<Replay> {
  const gatherings = all.map((asked) => gatheringOf(means, books, asked));
  if (means.full !== true) {
    for (const [at, asked] of all.entries()) {
      const gathering = gatherings[at];
      const gathered =
        gathering === undefined ? undefined : await gather(optionsOf(means), books, gathering);
      yield await replayAsked(means, books, asked, gathered);
    }
    return;
  }
  const wanted = gatherings.filter((gathering) => gathering !== undefined);
  const gathered = wanted.length === 0 ? [] : await gatherDecided(optionsOf(means), books, wanted);
  for (const [at, asked] of all.entries())
    yield await replayAsked(
      means,
      books,
      asked,
      gatherings[at] === undefined ? undefined : gathered.shift(),
    );
}

function optionsOf({ columns, full = false, ...means }: ReplayMeans): GatherOptions {
  return { ...means, columns, full };
}

/** Lines that are to be computed again. */
interface Asked {
  readonly invoice: Replayable;
  readonly meant: readonly LineGrounds[];
  /** Everything that any of them needs; undefined where none follows from usage. */
  readonly use: Use | undefined;
}

function askedOf(
  invoice: Replayable,
  grounds: ReturnType<typeof groundsOf>,
  line: number | undefined,
): Asked {
  const meant = invoice.lines
    .map((billed, at) => ({ billed, line: at + 1 }))
    .filter((each) => line === undefined || each.line === line)
    .map((each) => grounds(each.billed, each.line));
  const uses = meant.flatMap(({ rated }) =>
    rated === null || rated.use === null ? [] : [rated.use],
  );
  return { invoice, meant, use: uses.length === 0 ? undefined : unionOf(uses) };
}

/** What the usage of each line that has any comes to, while records come one by one. */
interface AskedUsage extends Consumer {
  /** By the number of the line. */
  readonly usage: () => ReadonlyMap<number, LineUsage>;
}

/** Undefined where nothing follows from usage. */
function gatheringOf(
  { shownMax = shownMaxUsual }: ReplayMeans,
  books: Books,
  { invoice, meant, use }: Asked,
): Gathering<AskedUsage> | undefined {
  if (use === undefined) return undefined;
  return {
    use,
    consume(corrections) {
      const folds = meant.filter(isOfUsage).map((each) => ({
        line: each.line,
        fold: createLineUsage(books, each, invoice, { corrections, shownMax }),
      }));
      return {
        take: (record) => folds.forEach(({ fold }) => fold.take(record)),
        usage: () => new Map(folds.map(({ line, fold }) => [line, fold.usage()])),
      };
    },
  };
}

const shownMaxUsual = 1_000;

function isOfUsage(line: LineGrounds): line is UsageLine {
  return line.rated !== null && line.rated.use !== null;
}

async function replayAsked(
  { columns }: ReplayMeans,
  books: Books,
  { invoice, meant }: Asked,
  gathered: Gathered<AskedUsage> | undefined,
): Promise<Replay> {
  const { tenant, number, customer, currency } = invoice;
  const { compared = [], reading = { kind: "none" as const } } = gathered ?? {};
  const usage = gathered?.consumer.usage();
  const lines: ReplayedLine[] = [];
  for (const each of meant)
    lines.push(
      await replayLine({ books, columns }, each, {
        invoice,
        usage: usage?.get(each.line) ?? noUsage,
      }),
    );
  return {
    tenant,
    invoice: invoice.invoice,
    number,
    customer,
    currency,
    reading,
    statement: statementOf(reading),
    compared,
    lines,
    verdict: worstOf([...lines.map(({ verdict }) => verdict), verdictOf(compared)]),
  };
}

/** Everything that any of the uses needs, of their one customer. */
export function unionOf([first, ...others]: readonly Use[]): Use {
  if (first === undefined) throw new Error("no use");
  const uses = [first, ...others];
  return {
    ...first,
    meters: [...new Set(uses.flatMap(({ meters }) => meters))],
    from: Math.min(...uses.map(({ from }) => from)),
    to: Math.max(...uses.map(({ to }) => to)),
    cutMax: Math.max(...uses.map(({ cutMax }) => cutMax)),
  };
}

function statementOf(reading: Reading): string {
  switch (reading.kind) {
    case "none":
      return "Nothing of these lines follows from usage: catalog and journal say all of them.";
    case "named":
      return (
        `Read: the ${reading.records} records of usage.raw that ClickHouse names, up to cut ${reading.cut}. ` +
        "Each was found there and decided again. Not proven: that ClickHouse names every event of the customer, and that none of them " +
        "repeats a record that it does not name. --full reads all of usage.raw and proves both."
      );
    case "full":
      return (
        `Read: all ${reading.records} records of usage.raw up to cut ${reading.cut}, and decided again: ${reading.accepted} accepted, ` +
        `${reading.duplicates} repeats, ${reading.conflicts} conflicts, ${reading.refused} refused. ClickHouse and the deduper were not asked.` +
        (reading.nameless === 0
          ? ""
          : ` ${reading.nameless} records of the tenant name no customer that can be read, and count for nobody.`)
      );
  }
}

function worstOf(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ kind }) => kind === "different") ??
    verdicts.find(({ kind }) => kind === "columns_differ") ?? { kind: "equal" }
  );
}

/** By id or number. Throws `NoSuchLine`. */
export function invoiceOf(books: Books, tenant: string | undefined, name: string): Replayable {
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
  return drafts.map(({ fact }) => ({
    ...fact,
    ...roundLines(fact),
    number: fact.invoice,
    taxes: [],
    tax_basis: null,
  }));
}
