import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import { catalogAt } from "@tallybook/catalog";
import type { Catalog, CatalogFact, PlacedFact } from "@tallybook/catalog";
import type { ColumnsOptions } from "@tallybook/columns";
import type { Log } from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import { topics } from "@tallybook/wire";

import { readCuts, readTopic } from "./books.ts";
import type { SimulateAnswer, SimulateWork } from "./simulate-worker.ts";
import type { Simulated, SimulatedShare } from "./simulated.ts";
import { summedUp } from "./summed-up.ts";
import { planInstead } from "./what-if-plan.ts";

export interface SimulateOptions {
  readonly log: Log;
  /** Where ClickHouse is: each worker thread reads it for itself. */
  readonly columns: Pick<ColumnsOptions, "url" | "database">;
  readonly tenant: string;
  /** A document with one plan, its numbers as texts. */
  readonly plan: unknown;
  /** The plan whose place it takes, where that has another name. */
  readonly instead?: string;
  readonly from: Micros;
  /** Not after the last closed cut counts. */
  readonly to: Micros;
  /** How many threads rate; as many as there are processors, 4 at most, unless given. */
  readonly threads?: number;
  /** Told how many customers are done, of how many. */
  readonly told?: (done: number, of: number) => void;
}

const threadsMax = 4;

/**
 * Rates the history of all customers of a plan by it and by another: every calendar period that begins in the stretch of time and is over
 * at its end and at the last closed cut. By the catalog and the usage as they are known now; nothing is posted. Throws `NoPlan`.
 */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { log, tenant, told = () => {} } = options;
  const facts = (await readTopic<CatalogFact>(log, topics.catalog)).map(
    ({ offset, fact }): PlacedFact => ({ offset, fact }),
  );
  const cuts = await readCuts(log);
  const closed = cuts.closed.at(-1);
  const offset = (facts.at(-1)?.offset ?? -1) + 1;
  const catalog = catalogAt(facts, offset);
  const { plan, by } = planInstead(options.plan, catalog, { tenant, instead: options.instead });
  const to = Math.min(options.to, closed?.time ?? options.from);
  const period = { from: options.from, to: Math.max(options.from, to) };
  const cut = closed?.cut ?? -1;
  const customers = customersOf(catalog, tenant, plan.plan);
  const known = { tenant, period, cutMax: cut, fills: cuts.fills };
  const work = { ...known, facts: mattering(facts), offset, plan, columns: options.columns };
  let done = 0;
  told(0, customers.length);
  const shares = await Promise.all(
    dealt(customers, options.threads ?? Math.min(threadsMax, availableParallelism())).map((own) =>
      runWorker({ ...work, customers: own }, (more) => {
        done += more;
        told(done, customers.length);
      }),
    ),
  );
  return { tenant, plan: plan.plan, by, period, cut, ...summedUp(shares) };
}

/** Whoever was ever on the plan, or had it beside another. */
function customersOf(catalog: Catalog, tenant: string, plan: string): string[] {
  const subscriptions = catalog.tenants.get(tenant)?.subscriptions.values() ?? [];
  const isOn = (terms: { readonly plan: string; readonly add_ons: readonly { plan: string }[] }) =>
    terms.plan === plan || terms.add_ons.some((beside) => beside.plan === plan);
  const own = [...subscriptions].filter(({ terms }) => terms.some(isOn));
  return [...new Set(own.map(({ customer }) => customer))].toSorted();
}

/** Keys and answered commands are many, and change no amount; a backfill's usage is there. */
function mattering(facts: readonly PlacedFact[]): PlacedFact[] {
  const others = new Set([
    "ApiKeyCreated",
    "ApiKeyRevoked",
    "BackfillRequested",
    "CommandAnswered",
    "CutRequested",
  ]);
  return facts.filter(({ fact }) => !others.has(fact.kind));
}

/** In shares of about one size; none is empty. */
function dealt(customers: readonly string[], threads: number): string[][] {
  const size = Math.ceil(customers.length / threads);
  const starts = Array.from({ length: threads }, (_, at) => at * size);
  return starts.map((at) => customers.slice(at, at + size)).filter((own) => own.length > 0);
}

function runWorker(work: SimulateWork, told: (customers: number) => void): Promise<SimulatedShare> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./simulate-worker.ts", import.meta.url), {
      workerData: work,
    });
    let share: SimulatedShare | undefined;
    worker.on("message", (answer: SimulateAnswer) => {
      if (answer.kind === "done") told(answer.customers);
      else share = answer.share;
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (share === undefined) reject(new Error(`a thread that rated ended with ${code}`));
      else resolve(share);
    });
  });
}
