import type { CatalogFact } from "@tallybook/catalog";
import type { InvoiceFinalized, InvoicesFact } from "@tallybook/invoice";
import { genesisHash, sealStep, transactionId } from "@tallybook/journal";
import type { JournalFact, Tail, Transaction } from "@tallybook/journal";
import { Fenced, followCatalogHistory, readAll } from "@tallybook/log";
import type { Log, Turning } from "@tallybook/log";
import { createOrders, openInvoicer } from "@tallybook/service-invoicer";
import type { InvoicerOptions } from "@tallybook/service-invoicer";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

/** Where a writer of numbers dies: at each place between two effects. */
export const points = ["invoicer.read", "invoicer.decided", "invoicer.committed"] as const;

type Point = Parameters<InvoicerOptions["reached"]>[0];

/** A writer died at a fail point. */
class Crash extends Error {
  override readonly name = "Crash";
}

/** Every how many times that a point is passed, somebody dies there. */
const diesEvery = 7;
const day = 86_400_000_000;
const entities = ["EU", "US"];

/** Drafts of the customers of two entities, `each` of each, and invoicers that number them and die. */
export async function startNumbering(log: Log, each: number) {
  await log.prepareTopics(
    [topics.catalog, topics.journal, topics.invoices].map((topic) => ({ topic, partitions: 1 })),
  );
  await writeAll(log, topics.catalog, entities.flatMap(catalogOf));
  const drafted = Array.from({ length: 2 * each }, (_, at) => usageOf(at));
  await writeAll(log, topics.journal, [...stepOf(0, drafted), ...stepOf(1, [], drafted.length)]);
  const deaths: Point[] = [];
  const passed = new Map<Point, number>();

  function reached(point: Point): void {
    const count = (passed.get(point) ?? 0) + 1;
    passed.set(point, count);
    // The first passing is the drafts' own.
    if (count % diesEvery !== 3) return;
    deaths.push(point);
    throw new Crash(point);
  }

  const facts = async () => {
    const all: InvoicesFact[] = [];
    for await (const { value } of readAll(log, topics.invoices, 0))
      all.push(decode(value) as InvoicesFact);
    return all;
  };
  const invoices = async (): Promise<InvoiceFinalized[]> =>
    (await facts()).filter((fact) => fact.kind === "InvoiceFinalized");

  async function open(orders: ReturnType<typeof createOrders>): Promise<Turning> {
    const catalog = await followCatalogHistory(log, { idleMs: 1 });
    const worker = await openInvoicer({
      log,
      catalog,
      reached,
      shown: async () => {},
      passed: () => {},
      stopping: new AbortController().signal,
      orders,
    });
    return {
      turn: () => worker.turn(),
      async close() {
        await worker.close();
        await catalog.close();
      },
    };
  }

  /** Until all is done, or whoever does it dies. */
  async function work(worker: Turning): Promise<boolean> {
    try {
      for (let idle = 0; idle < 2;) idle = (await worker.turn()) === "worked" ? 0 : idle + 1;
      return true;
    } catch (error) {
      if (error instanceof Crash || error instanceof Fenced) return false;
      throw error;
    } finally {
      await worker.close();
    }
  }

  return {
    deaths,
    invoices,
    /** All drafts at once; who gets no answer sends it again, to the next one who is there. */
    async finalizeAll(): Promise<void> {
      for (;;) {
        const all = await facts();
        const done = new Set((await invoices()).map(({ invoice }) => invoice));
        const drafts = all.filter((fact) => fact.kind === "InvoiceDrafted");
        const waiting = drafts.filter(({ invoice }) => !done.has(invoice));
        if (drafts.length === 2 * each && waiting.length === 0) return;
        const orders = createOrders(5_000);
        for (const draft of waiting) void orders.finalize(draft).catch(() => {});
        const stale = await open(orders);
        // Now and then a second one opens, and fences the first.
        const worker = deaths.length % 3 === 1 ? await open(orders) : stale;
        await work(worker);
        if (worker !== stale) await work(stale);
      }
    },
  };
}

async function writeAll(log: Log, topic: string, facts: readonly Fact[]): Promise<void> {
  const producer = await log.producer();
  await producer.send(
    facts.map((fact) => ({ topic, partition: 0, key: null, value: encode(fact) })),
  );
  await producer.close();
}

function catalogOf(entity: string): CatalogFact[] {
  const common = { tenant: "t", recorded_at: 0, actor: "system", effective_at: 0 };
  const object = { kind: "ObjectRevised" as const, ...common, version: 1, archived: false };
  const numbering = {
    invoices: `${entity}-`,
    credit_notes: `${entity}-C-`,
    debit_notes: `${entity}-D-`,
    digits: "6",
  };
  return [
    { ...object, collection: "entities", id: entity, body: { name: entity, numbering } },
    {
      kind: "CustomerCreated",
      ...common,
      customer: `of ${entity}`,
      name: entity,
      currency: "USD",
      time_zone: "UTC",
    },
    { ...object, collection: "customers", id: `of ${entity}`, body: { name: entity, entity } },
  ];
}

function stepOf(step: number, transactions: readonly Transaction[], before = 0): JournalFact[] {
  const start: Tail = { seq: before - 1, hash: genesisHash };
  const sealed = sealStep(start, step, transactions);
  const { seq, hash } = sealed.at(-1) ?? start;
  const none = new Uint8Array(32);
  const of = { step, cut: step, invoices_offset: 0 };
  return [
    { kind: "StepBegun", ...of, time: (40 + step) * day, catalog_offset: 6 },
    ...sealed,
    { kind: "HeadSigned", ...of, cut_root: none, seq, hash, signature: none },
  ];
}

/** Billed before its period was over, so that it is for a draft. */
function usageOf(nth: number): Transaction {
  const [customer, amount] = [`of ${entities[nth % 2]}`, `${nth + 1}.005`];
  return {
    id: transactionId("usage", String(nth), 0),
    tenant: "t",
    transaction_kind: "usage",
    cause: String(nth),
    revision: 0,
    date: 0,
    currency: "USD",
    postings: [
      { account: "assets:receivable:c", amount },
      { account: "income:usage:dev", amount: `-${amount}` },
    ],
    adjusts: null,
    evidence: {
      cut: 0,
      catalog_offset: 0,
      customer,
      subscription: `s-${nth}`,
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      price: "dev/tokens",
      meter: "tokens",
      meter_version: null,
      period_from: 0,
      period_to: 30 * day,
      quantity: "1",
      amount,
      tiers: [],
      shares: [{ dimensions: {}, quantity: "1", amount }],
      invoice: null,
      rows: [],
      made_of: [],
      part: null,
      in_advance: true,
      covered: "nothing",
      explanation: null,
      discount: null,
      settles: [],
      written_off: null,
      backfills: [],
      tax: null,
    },
  };
}
