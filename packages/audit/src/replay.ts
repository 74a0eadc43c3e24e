import type { Columns } from "@tallybook/columns";
import { roundLines } from "@tallybook/invoice";
import type { KafkaOptions, Log } from "@tallybook/log";

import { readBooks } from "./books.ts";
import type { Books } from "./books.ts";
import type { Use } from "./events.ts";
import { decideAll, gatherDecided, gatherNamed } from "./gather.ts";
import type { DecidedLog, Gathered } from "./gather.ts";
import { groundsOf } from "./line-grounds.ts";
import type { LineGrounds, Replayable } from "./line-grounds.ts";
import { replayLine } from "./replay-line.ts";
import type { Reading, Replay, ReplayedLine, Verdict } from "./replayed.ts";
import { verdictOf } from "./verdict.ts";

/** Where from, and how. */
export interface ReplayMeans {
  readonly log: Log;
  /** Says which events there are, unless all of the log is read; what it says is compared with the log. */
  readonly columns?: Pick<Columns, "readUsage" | "readNamed">;
  /** Any, unless given; a number that several tenants have then names no invoice. */
  readonly tenant?: string;
  /** Reads all of `usage.raw` up to the cut and decides each record again: no word of ClickHouse is needed then. */
  readonly full?: boolean;
  /** Where the log is, for threads of their own; without it one thread decides all. */
  readonly kafka?: KafkaOptions;
  readonly threadsMax?: number;
  /** Records of a partition from which on threads are used; 50,000 unless given. */
  readonly threadsFrom?: number;
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
  return replayAsked(means, books, asked, await decidedFor(means, books, [asked]));
}

/**
 * Computes every invoice, and every draft that is none yet, again, one after the other, from one reading of the log. With `full` the records of all their
 * customers are in memory.
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
  const decided = await decidedFor(means, books, all);
  for (const asked of all) yield await replayAsked(means, books, asked, decided);
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

/** All of the log, where it is to be read whole and anything follows from it. */
async function decidedFor(
  means: ReplayMeans,
  books: Books,
  all: readonly Asked[],
): Promise<DecidedLog | undefined> {
  const uses = all.flatMap(({ use }) => (use === undefined ? [] : [use]));
  return means.full === true && uses.length > 0 ? decideAll(means, books, uses) : undefined;
}

async function replayAsked(
  { log, columns }: ReplayMeans,
  books: Books,
  { invoice, meant, use }: Asked,
  decided: DecidedLog | undefined,
): Promise<Replay> {
  const { tenant, number, customer, currency } = invoice;
  const { records, compared, reading } =
    use === undefined
      ? nothing
      : decided === undefined
        ? await gatherNamed({ log, columns }, books, use)
        : await gatherDecided({ columns }, books, use, decided);
  const lines: ReplayedLine[] = [];
  for (const each of meant)
    lines.push(await replayLine({ books, columns }, each, { invoice, records }));
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

const nothing: Gathered = { records: [], compared: [], reading: { kind: "none" } };

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
