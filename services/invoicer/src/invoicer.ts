import type { Catalog } from "@tallybook/catalog";
import {
  creditsToGrant,
  decideLife,
  decideStripe,
  draftInvoices,
  dueDrafts,
  emptyBills,
  evolveBills,
  evolveDisputes,
  evolveReceivables,
  finalizedDraft,
  handOffsOf,
  holdOf,
  newDrafts,
  newlyOverdue,
  newReminders,
  noReceivables,
} from "@tallybook/invoice";
import type { Bills, Disputes, InvoicesFact, Receivables } from "@tallybook/invoice";
import type { CatalogHistory, HeadSigned, JournalFact } from "@tallybook/journal";
import { readAll } from "@tallybook/log";
import type { Follower, Log, Turning } from "@tallybook/log";
import { decode, encode, topics } from "@tallybook/wire";

import type { Order, OrderDecision, Orders } from "./orders.ts";

export interface InvoicerOptions {
  readonly log: Log;
  readonly catalog: Follower<CatalogHistory>;
  readonly reached: (point: "invoicer.read" | "invoicer.decided" | "invoicer.committed") => void;
  /** Resolves when whoever asks for invoices is shown all below an offset. */
  readonly shown: (offset: number) => Promise<void>;
  /** Told of each step that is wholly invoiced. */
  readonly passed: (standing: Standing) => void;
  readonly stopping: AbortSignal;
  readonly orders: Pick<Orders, "next" | "done">;
}

export interface Standing {
  /** Head and catalog offset of the last step that is wholly invoiced. */
  readonly head: HeadSigned;
  readonly catalog_offset: number;
  /** Behind the last invoice. */
  readonly invoices_offset: number;
}

const limits = { bytesMax: 1024 * 1024, waitMsMax: 500 };

/**
 * The one writer of `invoices`. Taking over fences the predecessor; then all invoices are read, so that numbers go on
 * where they ended, and the journal from its beginning: what is owed and not invoiced is known at each head.
 */
export async function openInvoicer(options: InvoicerOptions): Promise<Turning> {
  const { log, catalog, reached, orders } = options;
  const writer = await log.transactor("tallybook.invoicer");
  const known: Known = {
    bills: emptyBills(),
    disputes: new Map(),
    receivables: noReceivables(),
    awaited: new Set(),
    writtenStep: -1,
  };
  const { bills } = known;
  let end = await readInvoices(log, known);
  let next = 0;
  let passed: Omit<Standing, "invoices_offset"> | undefined;

  async function write(invoices: readonly InvoicesFact[]): Promise<void> {
    reached("invoicer.decided");
    await writer.commit(
      invoices.map((fact) => ({
        topic: topics.invoices,
        partition: 0,
        key: null,
        value: encode(fact),
      })),
    );
    end = await readNext(log, known, end, invoices.length);
    reached("invoicer.committed");
    await options.shown(end);
  }

  function knownTo(offset: number): Promise<unknown> {
    return catalog.until((_, end) => end >= offset, options.stopping);
  }

  async function passHead(head: HeadSigned): Promise<void> {
    const catalog_offset = bills.begun?.catalog_offset ?? 0;
    if (bills.pending.size > 0 || bills.drafts.pending.size > 0) {
      await knownTo(catalog_offset);
      const then = catalog.state().at(catalog_offset);
      const due = dueDrafts(
        bills,
        then,
        (draft) => holdOf(known.receivables.holds, draft) !== undefined,
      );
      const invoices = draftInvoices(bills, then, due);
      const drafts = newDrafts(bills, then, invoices, due);
      const handed = handOffsOf(invoices, then);
      if (invoices.length + drafts.length > 0) await write([...invoices, ...handed, ...drafts]);
    }
    const at = { time: bills.begun?.time ?? 0, step: head.step };
    const { receivables, disputes } = known;
    const news = [...creditsToGrant(receivables, at), ...newlyOverdue(receivables, at)];
    if (news.length > 0) await write(news);
    // A head before one that something was written at was passed wholly.
    if (receivables.owing.size > 0 && head.step >= known.writtenStep) {
      await knownTo(catalog_offset);
      const reminders = newReminders(receivables, disputes, catalog.state().now, at);
      if (reminders.length > 0) await write(reminders);
    }
    passed = { head, catalog_offset };
    options.passed({ ...passed, invoices_offset: end });
  }

  async function takeOrder(): Promise<boolean> {
    const order = orders.next();
    if (order === undefined) return false;
    const { facts, decision } = answerTo(order, known, catalog.state().now);
    if (facts.length > 0) await write(facts);
    if (passed !== undefined) options.passed({ ...passed, invoices_offset: end });
    orders.done(order, decision);
    return true;
  }

  return {
    async turn() {
      // A piece of the journal behind each order: whoever orders without end keeps no head waiting.
      const isOrdered = await takeOrder();
      const waiting = isOrdered ? { ...limits, waitMsMax: 0 } : limits;
      const fetched = await log.fetch(topics.journal, 0, next, waiting);
      if (fetched.records.length > 0) reached("invoicer.read");
      for (const { value } of fetched.records) {
        const fact = decode(value) as JournalFact;
        evolveBills(bills, fact);
        if (fact.kind === "HeadSigned") await passHead(fact);
      }
      next = fetched.next;
      return isOrdered || fetched.records.length > 0 ? "worked" : "idle";
    },
    close: () => writer.close(),
  };
}

/** The folds of `invoices` that the writer decides by. */
interface Known {
  readonly bills: Bills;
  readonly disputes: Disputes;
  readonly receivables: Receivables;
  /** Drafts that wait for a calculator's word, by id. */
  readonly awaited: Set<string>;
  /** The last step of the journal that a fact was written at. */
  writtenStep: number;
}

interface Answer {
  readonly facts: readonly InvoicesFact[];
  readonly decision?: OrderDecision;
}

/**
 * What an order comes to: no fact where the draft is finalized already, is none, in shadow, on hold or without a tax that can be told, waits for
 * no word, the dispute is open, or settled, the payment known.
 */
function answerTo(
  order: Order,
  { bills, disputes, receivables, awaited }: Known,
  catalog: Catalog,
): Answer {
  switch (order.kind) {
    case "finalize": {
      const made = finalizedDraft(bills, order, catalog);
      if (made?.kind !== "finalized") return { facts: [] };
      if (holdOf(receivables.holds, made.invoice) !== undefined) return { facts: [] };
      const { overridden } = order;
      const before = [overridden, made.calculated].filter((fact) => fact !== undefined);
      return { facts: [...before, made.invoice, ...handOffsOf([made.invoice], catalog)] };
    }
    case "untold": {
      const { fact } = order;
      return { facts: awaited.has(fact.invoice) ? [fact] : [] };
    }
    case "dispute": {
      const { fact } = order;
      const dispute = disputes.get(fact.dispute);
      const isNews =
        fact.kind === "DisputeOpened" ? dispute === undefined : dispute?.settled === null;
      return { facts: isNews ? [fact] : [] };
    }
    case "life": {
      const decision = decideLife(receivables, order.order, catalog);
      return { facts: decision.kind === "new" ? [decision.fact] : [], decision };
    }
    case "stripe": {
      const decision = decideStripe(receivables, order.order);
      return { facts: decision.kind === "decided" ? decision.facts : [], decision };
    }
  }
}

function evolveKnown(known: Known, fact: InvoicesFact): void {
  const { bills, disputes, receivables, awaited } = known;
  if ("journal_step" in fact) known.writtenStep = Math.max(known.writtenStep, fact.journal_step);
  if (fact.kind === "TaxAwaited") awaited.add(fact.invoice);
  if (fact.kind === "TaxUnknown" || fact.kind === "InvoiceFinalized") awaited.delete(fact.invoice);
  evolveBills(bills, fact);
  evolveDisputes(disputes, fact);
  evolveReceivables(receivables, fact);
}

/** Folds all invoices that are there; returns the end behind the last. */
async function readInvoices(log: Log, known: Known): Promise<number> {
  let end = 0;
  for await (const record of readAll(log, topics.invoices, 0)) {
    evolveKnown(known, decode(record.value) as InvoicesFact);
    end = record.offset + 1;
  }
  return end;
}

/** Folds the next invoices, as many as were just committed; returns the end behind the last. */
async function readNext(log: Log, known: Known, from: number, count: number): Promise<number> {
  let end = from;
  let next = from;
  for (let missing = count; missing > 0;) {
    const fetched = await log.fetch(topics.invoices, 0, next, limits);
    for (const record of fetched.records) {
      evolveKnown(known, decode(record.value) as InvoicesFact);
      missing -= 1;
      end = record.offset + 1;
    }
    next = fetched.next;
  }
  return end;
}
