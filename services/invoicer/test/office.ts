import type { CatalogFact } from "@tallybook/catalog";
import type { InvoiceFact, InvoiceFinalized, InvoicesFact } from "@tallybook/invoice";
import {
  createCatalogHistory,
  evolveHistory,
  genesisHash,
  sealStep,
  transactionId,
} from "@tallybook/journal";
import type { Tail, Transaction } from "@tallybook/journal";
import { createMemoryLog, follow, LogUnavailable, reopening } from "@tallybook/log";
import type { Log, MemoryLog } from "@tallybook/log";
import { decimal, negate, toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import { createOrders, openInvoicer } from "@tallybook/service-invoicer";
import type { Standing } from "@tallybook/service-invoicer";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

export const [november, december, january] = [at("2023-11-01"), at("2023-12-01"), at("2024-01-01")];

/** An answer that does not come, of the commit that is so many behind the first. */
export type Lost = { at: number; readonly isWritten: boolean };

/** An invoicer at work on a log in memory, and a journal to tell it. */
export async function openOffice(lost?: Lost) {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.catalog, topics.journal, topics.invoices].map((topic) => ({ topic, partitions: 1 })),
  );
  const writer = await log.producer();
  const write = (topic: string, fact: Fact) =>
    void writer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  let tail: Tail = { seq: -1, hash: genesisHash };
  const office = {
    log,
    orders: createOrders(),
    /** Of the catalog: what is begun behind it knows it. */
    tell: (fact: CatalogFact) => write(topics.catalog, fact),
    begin(step: number, time = january) {
      write(topics.journal, {
        kind: "StepBegun",
        step,
        cut: step,
        time,
        catalog_offset: log.recordsOf(topics.catalog, 0).length,
        invoices_offset: 0,
      });
    },
    post(step: number, ...transactions: Transaction[]) {
      for (const posted of sealStep(tail, step, transactions)) {
        write(topics.journal, posted);
        tail = posted;
      }
    },
    sign(step: number) {
      const none = new Uint8Array(32);
      const { seq, hash } = tail;
      write(topics.journal, {
        kind: "HeadSigned",
        step,
        cut: step,
        cut_root: none,
        seq,
        hash,
        invoices_offset: 0,
        signature: none,
      });
    },
    /** A step of a later cut, which posts nothing. */
    pass(step: number, time: number) {
      office.begin(step, time);
      office.sign(step);
    },
    step(step: number, ...transactions: Transaction[]) {
      office.begin(step);
      office.post(step, ...transactions);
      office.sign(step);
    },
    /** A new process: reads everything, and works until nothing is left to do. */
    async work(): Promise<Standing | undefined> {
      let standing: Standing | undefined;
      const catalog = await follow({
        log,
        idleMs: 1,
        topic: topics.catalog,
        initial: createCatalogHistory(),
        evolve: (history, fact, offset) => evolveHistory(history, fact as CatalogFact, offset),
      });
      const stopping = AbortSignal.abort();
      const worker = reopening({
        open: () =>
          openInvoicer({
            log: lost === undefined ? log : losing(log, lost),
            catalog,
            reached: () => {},
            shown: async () => {},
            passed: (passed) => (standing = passed),
            stopping,
            orders: office.orders,
          }),
        onUnavailable: () => {},
        stopping,
      });
      for (let idle = 0; idle < 2;) idle = (await worker.turn()) === "worked" ? 0 : idle + 1;
      await worker.close();
      await catalog.close();
      return standing;
    },
    journal: () =>
      log
        .recordsOf(topics.journal, 0)
        .map(({ value }) => decode(value))
        .filter((fact) => fact.kind === "TransactionPosted"),
    facts: () =>
      log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value) as InvoicesFact),
    written: () =>
      log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value) as InvoiceFact),
    invoices: (): InvoiceFinalized[] =>
      office.written().filter((fact) => fact.kind === "InvoiceFinalized"),
    totals: () =>
      office
        .invoices()
        .map(({ number, subscription, total }) => `${number} ${subscription} ${total}`),
  };
  return office;
}

/** The log, but for one commit whose answer does not come. */
function losing(log: MemoryLog, lost: Lost): Log {
  return {
    ...log,
    async transactor(id) {
      const transactor = await log.transactor(id);
      return {
        ...transactor,
        async commit(records) {
          const isLost = lost.at === 0;
          lost.at -= 1;
          if (!isLost || lost.isWritten) await transactor.commit(records);
          if (isLost) throw new LogUnavailable("no answer");
        },
      };
    },
  };
}

export function fee(subscription: string, from: number, to: number, amount: string): Transaction {
  return charge("fee", { subscription, from, to, amount, in_advance: false });
}

/** Usage of November that is billed before its end; `nth` tells the bills of a subscription apart. */
export function usageBilled(subscription: string, amount: string, nth = 0): Transaction {
  const of = { subscription, from: november, to: december, amount, in_advance: true };
  return charge("usage", of, nth);
}

/** The rest of November's usage; `nth` tells several apart. */
export function usageLeft(subscription: string, amount: string, nth = 99): Transaction {
  const of = { subscription, from: november, to: december, amount, in_advance: false };
  return charge("usage", of, nth);
}

/** What November's usage comes to more, or less; `nth` tells several apart. */
export function late(subscription: string, amount: string, nth: number): Transaction {
  const of = { subscription, from: november, to: december, amount, in_advance: false };
  return charge("adjustment", of, nth);
}

/** Late usage is billed at once. */
export const billedAtOnce: CatalogFact = {
  kind: "LateUsagePolicySet",
  tenant: "default",
  recorded_at: 0,
  actor: "system",
  effective_at: 0,
  version: 1,
  treatment: "bill_now",
  write_off_below: [],
  reason: "who corrects is paid",
};

function charge(
  kind: "fee" | "usage" | "adjustment",
  of: {
    readonly subscription: string;
    readonly from: number;
    readonly to: number;
    readonly amount: string;
    readonly in_advance: boolean;
  },
  revision = 0,
): Transaction {
  const { subscription, from, to, amount, in_advance } = of;
  const cause = `${subscription} ${from}`;
  const price = kind === "fee" ? "monthly" : "tokens";
  return {
    id: transactionId(kind, cause, revision),
    tenant: "default",
    transaction_kind: kind,
    cause,
    revision,
    date: 0,
    currency: "USD",
    postings: [
      { account: "assets:receivable:acme", amount },
      { account: "income:usage:dev", amount: toText(negate(decimal(amount))) },
    ],
    adjusts: null,
    evidence: {
      cut: 0,
      catalog_offset: 0,
      customer: "acme",
      subscription,
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      price,
      meter: kind === "fee" ? null : "tokens",
      meter_version: null,
      period_from: from,
      period_to: to,
      quantity: "1",
      amount,
      tiers: [],
      shares: [{ dimensions: {}, quantity: "1", amount }],
      invoice: null,
      rows: [],
      made_of: [],
      part: null,
      in_advance,
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

function at(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
