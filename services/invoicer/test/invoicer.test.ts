import type { CatalogFact } from "@tallybook/catalog";
import { renderInvoice } from "@tallybook/invoice";
import type { InvoiceFinalized } from "@tallybook/invoice";
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
import { parseTime } from "@tallybook/periods";
import { openInvoicer } from "@tallybook/service-invoicer";
import type { Standing } from "@tallybook/service-invoicer";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

const [november, december, january] = [at("2023-11-01"), at("2023-12-01"), at("2024-01-01")];

describe("the invoicer", () => {
  test("makes the invoices of a step once its head is there, and not before", async () => {
    const office = await openOffice();
    office.begin(0);
    office.post(0, fee("s1", november, december, "20"), fee("s2", november, december, "7"));
    await office.work();
    expect(office.invoices()).toEqual([]);
    office.sign(0);
    const standing = await office.work();
    expect(office.totals()).toEqual(["INV-000001 s1 2000", "INV-000002 s2 700"]);
    expect(standing).toMatchObject({ head: { step: 0 }, invoices_offset: 2 });
  });

  test("goes on with the numbers where its predecessor ended", async () => {
    const office = await openOffice();
    office.step(0, fee("s1", november, december, "20"));
    await office.work();
    office.step(1, fee("s1", december, january, "20"), fee("s2", december, january, "7"));
    await office.work();
    expect(office.totals()).toEqual([
      "INV-000001 s1 2000",
      "INV-000002 s1 2000",
      "INV-000003 s2 700",
    ]);
  });

  test("makes the same invoices to the byte wherever Kafka's answer is lost", async () => {
    const undisturbed = await twoMonths(undefined);
    for (const lost of [
      { at: 0, isWritten: false },
      { at: 0, isWritten: true },
      { at: 1, isWritten: false },
      { at: 1, isWritten: true },
    ]) {
      expect(await twoMonths(lost)).toEqual(undisturbed);
    }
  });
});

type Lost = { at: number; readonly isWritten: boolean };

async function twoMonths(lost: Lost | undefined): Promise<string[]> {
  const office = await openOffice(lost);
  office.step(0, fee("s1", november, december, "20.005"), fee("s2", november, december, "7"));
  office.step(1);
  office.step(2, fee("s1", december, january, "20"));
  await office.work();
  return office.invoices().map((invoice) => JSON.stringify(renderInvoice(invoice)));
}

async function openOffice(lost?: Lost) {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.catalog, topics.journal, topics.invoices].map((topic) => ({ topic, partitions: 1 })),
  );
  const writer = await log.producer();
  const write = (topic: string, fact: Fact) =>
    void writer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  let tail: Tail = { seq: -1, hash: genesisHash };
  const office = {
    begin(step: number) {
      write(topics.journal, {
        kind: "StepBegun",
        step,
        cut: step,
        time: january,
        catalog_offset: 0,
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
          }),
        onUnavailable: () => {},
        stopping,
      });
      for (let idle = 0; idle < 2;) idle = (await worker.turn()) === "worked" ? 0 : idle + 1;
      await worker.close();
      await catalog.close();
      return standing;
    },
    invoices: () =>
      log.recordsOf(topics.invoices, 0).map(({ value }) => decode(value) as InvoiceFinalized),
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

function fee(subscription: string, from: number, to: number, amount: string): Transaction {
  const cause = `${subscription} ${from}`;
  return {
    id: transactionId("fee", cause, 0),
    tenant: "default",
    transaction_kind: "fee",
    cause,
    revision: 0,
    date: 0,
    currency: "USD",
    postings: [],
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
      price: "monthly",
      meter: null,
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
      in_advance: false,
      covered: "nothing",
      explanation: null,
    },
  };
}

function at(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
