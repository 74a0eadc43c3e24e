import { customerOf } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import { earlierUsage, emptyLedger, evolveLedger, isApart } from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import { toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { eventRowOf, identityKey, mergedQuantity, partitionOf, timeOf } from "@tallybook/usage";
import type { RejectedFact, UsageAccepted, UsageRow } from "@tallybook/usage";

import { readBooks, upToHead } from "./books.ts";
import type { Books } from "./books.ts";
import { measureAt } from "./events.ts";
import { acceptedOf, isOf, rejectedOf, saidBy } from "./find-records.ts";
import { why, whyUse } from "./why-use.ts";
import type { Why, WhyBasis } from "./why-use.ts";

export interface WhyOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "readUsage" | "readPlaces">;
  readonly tenant: string;
}

/** One record of `usage.raw` with an identity, and what became of it. */
export interface WhyRecord {
  readonly partition: number;
  readonly offset: number;
  readonly customer: string | null;
  readonly type: string | null;
  /** RFC 3339; null where it is no usage event. */
  readonly time: string | null;
  /** Null while it is not decided. */
  readonly cut: number | null;
  /** The backfill that it came by; null: by the usual way, or it does not count. */
  readonly backfill: string | null;
  /** One for each meter and price; one where no meter has it. */
  readonly answers: readonly Why[];
}

/** Of an identity: every record of it that is known, in the order of the log. */
export interface WhyEvent {
  readonly kind: "event";
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly records: readonly WhyRecord[];
}

/** Of a customer: what was used, put together by why it is on an invoice or is not. */
export interface WhyCustomer {
  readonly kind: "customer";
  readonly tenant: string;
  readonly customer: string;
  readonly usage: readonly (Why & {
    readonly quantity: string;
    readonly count: number;
    /** The first and the last of it. */
    readonly from: string;
    readonly to: string;
  })[];
  /** Records that name the customer and do not count, by reason. */
  readonly uncounted: readonly (Why & { readonly count: number })[];
}

/** Nothing is billed yet, so that nobody can say why. */
export class NothingRated extends Error {
  override readonly name = "NothingRated";
}

/** What is asked about. */
export interface WhyQuestion {
  /** The id of an event, or a customer's. */
  readonly name: string;
  /** Of an event; empty where its door has none. */
  readonly source?: string;
  /** A customer, where there is one of that name and no source is given; else an event. */
  readonly as?: "event" | "customer";
}

/** Says of an event or of a customer's usage why it is on an invoice or is not. Throws `NothingRated` before the first cut. */
export async function askWhy(
  options: WhyOptions,
  { name, source, as }: WhyQuestion,
): Promise<WhyEvent | WhyCustomer> {
  const books = await readBooks(options.log);
  const basis = basisOf(books, options);
  const isCustomer =
    source === undefined && customerOf(books.history.now, options.tenant, name) !== undefined;
  return (as ?? (isCustomer ? "customer" : "event")) === "customer"
    ? whyCustomer(options, books, basis, name)
    : whyEvent(options, books, basis, { source: source ?? "", id: name });
}

async function whyEvent(
  { log, columns, tenant }: WhyOptions,
  books: Books,
  basis: WhyBasis,
  { source, id }: { readonly source: string; readonly id: string },
): Promise<WhyEvent> {
  const partitions = books.cuts.deployment?.partitions ?? 0;
  const partition = partitionOf(identityKey(tenant, source, id), partitions);
  const rejected = await rejectedOf(log, partition, (fact) => isOf(fact, { tenant, source, id }));
  const named = await columns.readPlaces({ tenant, source, id });
  const accepted = await acceptedOf(log, books, partition, { tenant, source, id }, named);
  const records: WhyRecord[] = [];
  for (const { event, partition: of } of accepted)
    records.push(recordOf(of, event, await whyAccepted(books, basis, event, of)));
  for (const fact of rejected) records.push(rejectedRecord(partition, fact));
  // What a front door refused stands under no identity, anywhere.
  if (records.length === 0)
    for (let at = 0; at < partitions; at += 1)
      for (const fact of await rejectedOf(log, at, (each) => isSaid(each, { tenant, source, id })))
        records.push(rejectedRecord(at, fact));
  records.sort((a, b) => a.offset - b.offset);
  return { kind: "event", tenant, source, id, records };
}

function isSaid(
  fact: RejectedFact,
  { tenant, source, id }: { readonly tenant: string; readonly source: string; readonly id: string },
): boolean {
  const said = saidBy(fact);
  return fact.tenant === tenant && said?.id === id && said.source === source;
}

async function whyCustomer(
  { log, columns, tenant }: WhyOptions,
  books: Books,
  basis: WhyBasis,
  customer: string,
): Promise<WhyCustomer> {
  const rows = await columns.readUsage({
    tenant,
    customers: [customer],
    from: 0,
    to: timeMax,
    cutMax: basis.begun.cut,
    fills: books.cuts.fills,
    isApart: (row) => isApart(row, basis),
  });
  const usage = new Map<string, { answer: Why; rows: UsageRow[] }>();
  for (const row of rows) {
    for (const answer of await whyUse(row, basis)) {
      const key = JSON.stringify([answer, row.merging]);
      const known = usage.get(key) ?? { answer, rows: [] };
      usage.set(key, known);
      known.rows.push(row);
    }
  }
  const uncounted = new Map<string, Why & { count: number }>();
  for (let partition = 0; partition < (books.cuts.deployment?.partitions ?? 0); partition += 1) {
    const isOwn = (fact: RejectedFact) =>
      fact.kind === "UsageRejected" &&
      fact.tenant === tenant &&
      (fact.customer ?? saidBy(fact)?.customer) === customer;
    for (const fact of await rejectedOf(log, partition, isOwn)) {
      const answer = whyRejected(fact);
      const key = fact.kind === "UsageRejected" ? `${answer.reason}/${fact.reason}` : answer.reason;
      const known = uncounted.get(key) ?? { ...answer, count: 0 };
      uncounted.set(key, known);
      known.count += 1;
    }
  }
  return {
    kind: "customer",
    tenant,
    customer,
    usage: [...usage.values()].map(({ answer, rows: own }) => ({
      ...answer,
      quantity: toText(mergedQuantity(own)),
      count: own.reduce((count, row) => count + row.count, 0),
      from: formatTime(own.map(timeOf).reduce((a, b) => Math.min(a, b))),
      to: formatTime(own.map(timeOf).reduce((a, b) => Math.max(a, b))),
    })),
    uncounted: [...uncounted.values()],
  };
}

function basisOf(books: Books, { columns, tenant }: WhyOptions): WhyBasis {
  const { head, facts } = upToHead(books);
  const begun = facts.findLast((fact) => fact.kind === "StepBegun");
  if (head === null || begun === undefined)
    throw new NothingRated("the journal has no step yet: wait for the first cut");
  const ledger = emptyLedger();
  for (const fact of facts) evolveLedger(ledger, fact);
  const { cuts, history, invoices, drafts } = books;
  const catalogAt = (offset: number) => history.at(offset);
  const catalog = catalogAt(begun.catalog_offset);
  const known = { ledger, catalogAt, catalog, opened: cuts.opened, fills: cuts.fills };
  return {
    ...known,
    begun,
    transactions: facts.filter((fact) => fact.kind === "TransactionPosted"),
    invoices: invoices.map(({ fact }) => fact),
    drafts: drafts.map(({ fact }) => fact),
    async usageOf({ customer, from, to }) {
      const filter = { tenant, customers: [customer], cutMax: begun.cut, fills: cuts.fills };
      const own = await columns.readUsage({
        ...filter,
        from,
        to,
        isApart: (row) => isApart(row, known),
      });
      const before = earlierUsage(catalog, tenant, from);
      const earlier = before === undefined ? [] : await columns.readUsage({ ...filter, ...before });
      return { rows: own.filter((row) => from <= timeOf(row) && timeOf(row) < to), earlier };
    },
  };
}

async function whyAccepted(
  books: Books,
  basis: WhyBasis,
  event: UsageAccepted,
  partition: number,
): Promise<Why[]> {
  const all = measureAt(books, basis.begun.cut)(event, partition);
  // What a correction takes back is its target's.
  const measurements = all
    .flatMap((measured) => measured.measurements)
    .filter(({ takes_back }) => takes_back === null);
  const answers: Why[] = all
    .filter(({ outcome }) => outcome === "unmeasurable")
    .map(({ reason }) => why("unmeasurable", { detail: reason }));
  for (const each of measurements)
    answers.push(...(await whyUse(eventRowOf(each, event, partition), basis)));
  return answers.length > 0 ? answers : [why("no_meter", { detail: `event type ${event.type}` })];
}

function whyRejected(fact: RejectedFact): Why {
  if (fact.kind === "UsageDuplicated")
    return why("duplicate", { detail: `the same as offset ${fact.original_offset}` });
  const { verdict, reason, field, detail } = fact;
  if (verdict === "conflict")
    return why("conflict", {
      detail: `another event with this id stands at offset ${fact.original_offset}`,
    });
  return why("refused", { detail: `${reason}${field === null ? "" : `, ${field}`}: ${detail}` });
}

function recordOf(partition: number, event: UsageAccepted, answers: readonly Why[]): WhyRecord {
  const { raw_offset: offset, customer, type, cut, backfill } = event;
  const time = formatTime(event.time);
  return { partition, offset, customer, type, time, cut, backfill, answers };
}

function rejectedRecord(partition: number, fact: RejectedFact): WhyRecord {
  const { raw_offset: offset, cut } = fact;
  const said = saidBy(fact);
  const { customer = null, type = null } = said ?? (fact.kind === "UsageRejected" ? fact : {});
  const answers = [whyRejected(fact)];
  return { partition, offset, customer, type, time: null, cut, backfill: null, answers };
}

const timeMax = (2 ** 32 - 1) * 1_000_000;
