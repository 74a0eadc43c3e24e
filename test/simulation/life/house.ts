import { hash } from "node:crypto";
import { setImmediate as soon } from "node:timers/promises";

import { customerOf } from "@tallybook/catalog";
import type { CatalogFact, Caller } from "@tallybook/catalog";
import { isPostedFor, tellTaxes } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
import { createCatalogHistory, evolveHistory } from "@tallybook/journal";
import type { CatalogHistory, TransactionPosted } from "@tallybook/journal";
import { reopening } from "@tallybook/log";
import type { Follower, Log, MemoryLog, Turning } from "@tallybook/log";
import { createAccess, createHttpServer, createLogger, Problem } from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";
import {
  addAllLifeRoutes,
  addBillingRoutes,
  createBookKeeper,
  createJournalSurveys,
  createOrders,
  createPages,
  createPassing,
  emptyArchive,
  evolveArchive,
  openInvoicer,
} from "@tallybook/service-invoicer";
import type { Archive, Orders } from "@tallybook/service-invoicer";
import { emptyInvoicesSource, evolveInvoicesSource, openRater } from "@tallybook/service-rater";
import { createCutsFold, noCuts } from "@tallybook/usage";
import type { CutFact, Cuts } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import type { MemoryColumns } from "../memoryColumns.ts";
import { placeOf } from "../places.ts";
import type { Place } from "../places.ts";
import { createView } from "../view.ts";
import { keys } from "../world.ts";
import type { Answered } from "./operations.ts";

/** What somebody asks of the invoicer. */
export interface Asked {
  readonly tenant: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/** A request that was sent; whoever has sent it waits for the answer, or for the connection's end. */
export interface Attempt {
  answer: Answered | undefined;
  /** The process has died over it: what it has done is unknown. */
  isLost: boolean;
}

/** A rater, and an invoicer with its routes, over a log that holds cuts and their usage. */
export interface House {
  readonly rater: Place;
  readonly invoicer: Place;
  /** Undefined where nobody listens. Resolves when it is answered, or its order waits for the invoicer's next turns. */
  ask(asked: Asked): Promise<Attempt | undefined>;
  /** Resolves when whoever was answered has the answer. */
  settled(): Promise<void>;
  archive(): Archive;
  /** Lets the rater see one cut more; false where it has seen all. */
  showCut(): boolean;
  close(): Promise<void>;
}

export interface HouseOptions {
  /** What the services write to and read from. */
  readonly log: Log;
  /** The same without faults. */
  readonly memory: MemoryLog;
  readonly columns: MemoryColumns;
  /** May throw a `Crash`. `during`: what order it works on; empty where it works on none. */
  readonly reached: (point: string, during: string) => void;
  /** The deployment's clock, behind the last cut that was shown. */
  readonly now: (lastCut: number) => number;
}

/** An invoicer's process: what is asked of it dies with it. */
interface Process {
  readonly orders: Orders;
  readonly attempts: Set<Waiting>;
}

interface Waiting extends Attempt {
  readonly process: Process;
  /** Its order waits for the worker. */
  isPlaced: boolean;
  /** Its order is decided. */
  isDecided: boolean;
  done: Promise<void>;
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const { memory, log, reached } = options;
  const { cuts, showCut, lastCutTime } = cutsOneByOne(memory);
  const catalog = viewCatalog(memory);
  const archive = createView(memory, topics.invoices, emptyArchive(), evolveArchive);
  const journal = createView<TransactionPosted[]>(memory, topics.journal, [], (all, fact) => {
    if (fact.kind === "TransactionPosted") all.push(fact);
    return all;
  });
  const now = () => options.now(lastCutTime());
  let serving: Process | undefined;
  let placing: Waiting | undefined;

  /** Has the process of whoever asks take an order. */
  async function place<What>(take: (orders: Orders) => Promise<What>): Promise<What> {
    const own = placing;
    if (own === undefined) throw new Error("an order without a request");
    own.isPlaced = true;
    const taken = await take(own.process.orders);
    own.isDecided = true;
    return taken;
  }
  const server = serverOf({
    archive: () => archive.state(),
    catalog,
    now,
    log: memory,
    transactionsOf: async (invoice) => journal.state().filter(isPostedFor(invoice)),
    orders: {
      life: (order) => place((orders) => orders.life(order)),
      finalize: (order) => place((orders) => orders.finalize(order)),
      dispute: (fact) => place((orders) => orders.dispute(fact)),
      untold: (fact) => place((orders) => orders.untold(fact)),
      stripe: (order) => place((orders) => orders.stripe(order)),
      next: () => undefined,
      done: () => {},
    },
  });
  await server.ready();

  async function openInvoicing(): Promise<Turning> {
    const process: Process = { orders: createOrders(), attempts: new Set() };
    serving = process;
    const worker = reopening({
      open: () =>
        openInvoicer({
          log,
          catalog: viewCatalog(memory),
          reached: (point) => reached(point, nameOf(process.orders.next())),
          shown: async () => {},
          passed: () => {},
          stopping: AbortSignal.abort(),
          orders: process.orders,
        }),
      onUnavailable: () => {},
      stopping: AbortSignal.abort(),
    });
    return {
      async turn() {
        try {
          return await worker.turn();
        } catch (error) {
          for (const attempt of process.attempts) attempt.isLost = true;
          process.attempts.clear();
          if (serving === process) serving = undefined;
          throw error;
        }
      },
      close: () => worker.close(),
    };
  }

  return {
    rater: placeOf(() =>
      openRater({
        log,
        cuts,
        catalog: viewCatalog(memory),
        invoices: createView(memory, topics.invoices, emptyInvoicesSource(), evolveInvoicesSource),
        columns: {
          readUsage: options.columns.readUsage,
          proveParts: async () => ({ ok: true }),
        },
        signingKey: keys.privateKey,
        reached: (point) => reached(point, ""),
        raise: () => {},
        waiting: () => {},
        passed: () => {},
        stopping: new AbortController().signal,
        chunkMax: 20,
      }),
    ),
    invoicer: placeOf(openInvoicing),
    async ask({ tenant, method, path, body }) {
      if (serving === undefined) return undefined;
      const attempt: Waiting = {
        process: serving,
        answer: undefined,
        isLost: false,
        isPlaced: false,
        isDecided: false,
        done: Promise.resolve(),
      };
      placing = attempt;
      const sent = body === undefined ? {} : { payload: JSON.stringify(body) };
      const headers = { authorization: `Bearer ${tenant}` };
      attempt.done = server.inject({ method, url: path, headers, ...sent }).then((answer) => {
        attempt.answer = { status: answer.statusCode, body: answer.json() };
      });
      while (!attempt.isPlaced && attempt.answer === undefined) await soon();
      placing = undefined;
      attempt.process.attempts.add(attempt);
      return attempt;
    },
    async settled() {
      // Past all that follows by itself from an order that was decided.
      await soon();
      for (const attempt of serving?.attempts ?? []) {
        if (attempt.isDecided) await attempt.done;
        if (attempt.answer !== undefined) attempt.process.attempts.delete(attempt);
      }
    },
    archive: () => archive.state(),
    showCut,
    close: () => server.close(),
  };
}

function nameOf(order: ReturnType<Orders["next"]>): string {
  if (order === undefined) return "";
  return order.kind === "life" ? order.order.order : order.kind;
}

function viewCatalog(log: MemoryLog): Follower<CatalogHistory> {
  return createView(log, topics.catalog, createCatalogHistory(), (history, fact, offset) =>
    evolveHistory(history, fact as CatalogFact, offset),
  );
}

/** Of cuts that are all there, as many as were shown. */
function cutsOneByOne(log: MemoryLog): {
  cuts: Follower<Cuts>;
  showCut: () => boolean;
  lastCutTime: () => number;
} {
  let shown = 0;
  const all = log.recordsOf(topics.cuts, 0);
  const evolve = createCutsFold();
  const fold = (state: Cuts, fact: { kind: string }) => evolve(state, fact as CutFact);
  const gated = { ...log, recordsOf: () => all.slice(0, shown) };
  const cuts = createView(gated, topics.cuts, noCuts, fold);
  return {
    cuts,
    showCut() {
      const before = cuts.state().closed.length;
      while (shown < all.length && cuts.state().closed.length === before) shown += 1;
      return cuts.state().closed.length > before;
    },
    lastCutTime: () => cuts.state().closed.at(-1)?.time ?? 0,
  };
}

/** The routes of the invoicer; a key is the name of its tenant. */
function serverOf(given: {
  readonly archive: () => Archive;
  readonly catalog: Follower<CatalogHistory>;
  readonly now: () => number;
  readonly log: Log;
  readonly transactionsOf: (invoice: InvoiceFinalized) => Promise<readonly TransactionPosted[]>;
  readonly orders: Orders;
}): HttpServer {
  const { archive, catalog, now, log, transactionsOf, orders } = given;
  const tenants = new Map<string, Caller>(
    ["default", "a", "b"].map((tenant) => [
      hash("sha256", tenant, "hex"),
      { tenant, role: "finance", api_key: `key of ${tenant}`, scope: null },
    ]),
  );
  const server = createHttpServer({
    logger: createLogger("invoicer", () => {}),
    bodyBytesMax: 16_384,
    parseBody: (bytes) => bytes,
  });
  const known = () => catalog.state().now;
  const desk = {
    archive,
    orders,
    now,
    access: createAccess((sha256Hex) => tenants.get(sha256Hex)),
  };
  addAllLifeRoutes(server, {
    ...desk,
    customerOf: (tenant, customer) => customerOf(known(), tenant, customer),
    transactionsOf,
    books: createBookKeeper(log),
    surveys: createJournalSurveys(log),
    pages: createPages(catalog),
  });
  addBillingRoutes(server, {
    ...desk,
    passing: createPassing(),
    catalog: { requestBilling: () => Promise.reject(notHere()) },
    isInShadow: () => false,
    taxes: {
      async tell(draft, asked_at) {
        const at = Math.max(asked_at, draft.drafted_at);
        const told = tellTaxes(draft, { catalog: known(), catalog_offset: known().offset, at });
        if (told.kind === "ask") throw notHere();
        return told;
      },
    },
    // What it says is looked at where drafts are replayed: here each would read the whole log.
    auditor: {
      residualsOf: async () => [],
      replayed: () => Promise.reject(notHere()),
      replay: () => Promise.reject(notHere()),
      replayMoved: () => Promise.reject(notHere()),
      upcoming: () => Promise.reject(notHere()),
      knownAt: () => Promise.reject(notHere()),
    },
  });
  return server;
}

function notHere(): Problem {
  return new Problem({ status: 503, title: "Service Unavailable", detail: "It is not here." });
}
