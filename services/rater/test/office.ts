import { generateKeyPairSync } from "node:crypto";

import type { CatalogFact } from "@tallybook/catalog";
import { ColumnsUnavailable } from "@tallybook/columns";
import type { JournalFact, TransactionPosted } from "@tallybook/journal";
import { createMemoryLog, LogUnavailable, reopening } from "@tallybook/log";
import type { Log, MemoryLog } from "@tallybook/log";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import { followSources, openRater } from "@tallybook/service-rater";
import type { RaterOptions } from "@tallybook/service-rater";
import {
  at,
  customer,
  fee,
  perUnit,
  plan,
  row as usageRow,
  settings,
  subscription,
} from "@tallybook/testkit/facts";
import type { CutFact, UsageRow } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

/** The deployment's. */
export const keys = generateKeyPairSync("ed25519");
const [november, december] = [at("2023-11-01"), at("2023-12-01")];

/** A rater at work on a log in memory and columns that say what they are told to. */
export interface Office {
  readonly log: MemoryLog;
  /** What ClickHouse has wrong. */
  proof: readonly string[] | "silent";
  /** Cuts whose rows are not what the log has. */
  readonly wrongCuts: Set<number>;
  /** How often the columns were proven. */
  proofs: number;
  raised: readonly string[];
  onRead: () => void;
  onRaise: () => void;
  use(...rows: UsageRow[]): void;
  tell(topic: string, fact: Fact): void;
  cut(cut: number, time: string): Promise<void>;
  /** Turns until there is nothing to do. */
  work(): Promise<void>;
  journal(): JournalFact[];
  transactions(): TransactionPosted[];
}

export async function openOffice(
  signingKey = keys.privateKey,
  lost?: { at: number; isWritten: boolean },
  chunkMax = 2,
): Promise<Office> {
  const log = createMemoryLog();
  await log.prepareTopics(
    [topics.catalog, topics.cuts, topics.journal, topics.invoices].map((topic) => ({
      topic,
      partitions: 1,
    })),
  );
  const writer = await log.producer();
  const tell = (topic: string, fact: Fact) =>
    void writer.send([{ topic, partition: 0, key: null, value: encode(fact) }]);
  const rows: UsageRow[] = [];
  const office: Office = {
    log,
    proof: [],
    wrongCuts: new Set(),
    proofs: 0,
    raised: [],
    onRead: () => {},
    onRaise: () => {},
    use: (...more) => void rows.push(...more),
    tell,
    async cut(cut, time) {
      const tenants = [
        ...new Set(rows.filter((each) => each.cut === cut).map(({ tenant }) => tenant)),
      ];
      const catalog_offset = log.recordsOf(topics.catalog, 0).length;
      tell(topics.cuts, {
        kind: "CutOpened",
        cut,
        time: at(time),
        catalog_offset,
        spools: [],
        complete: true,
      });
      tell(topics.cuts, part(cut, tenants));
      tell(topics.cuts, {
        kind: "CutClosed",
        cut,
        time: at(time),
        catalog_offset,
        root: Buffer.from(`root ${cut}`),
      });
    },
    async work() {
      const sources = await followSources(log, { idleMs: 1 });
      const options: RaterOptions = {
        log: lost === undefined ? log : losing(log, lost),
        ...sources,
        waiting: () => {},
        columns: {
          async proveParts(parts) {
            office.proofs += 1;
            if (office.proof === "silent") throw new ColumnsUnavailable("no answer");
            const wrong = parts.filter(({ cut }) => office.wrongCuts.has(cut));
            const differences = [...office.proof, ...wrong.map(({ cut }) => `cut ${cut}`)];
            return differences.length === 0 ? { ok: true } : { ok: false, differences };
          },
          async readUsage({ tenant, from, to, cutMin = 0, cutMax, customers, meters }) {
            office.onRead();
            return rows.filter(
              (each) =>
                each.tenant === tenant &&
                each.slot + MICROS_PER_HOUR > from &&
                each.slot < to &&
                each.cut >= cutMin &&
                each.cut <= cutMax &&
                (customers === undefined || customers.includes(each.customer)) &&
                (meters === undefined || meters.includes(each.meter)),
            );
          },
        },
        signingKey,
        reached: () => {},
        raise(differences) {
          office.raised = differences;
          if (differences.length > 0) office.onRaise();
        },
        passed: () => {},
        stopping: new AbortController().signal,
        retryMs: 0,
        chunkMax,
      };
      const worker = reopening({
        open: () => openRater(options),
        onUnavailable: () => {},
        stopping: AbortSignal.abort(),
      });
      // Two idle turns in a row: the first may be the one that waited for Kafka.
      for (let idle = 0; idle < 2;) idle = (await worker.turn()) === "worked" ? 0 : idle + 1;
      await worker.close();
      for (const follower of Object.values(sources)) await follower.close();
    },
    journal: () =>
      log.recordsOf(topics.journal, 0).map(({ value }) => decode(value) as JournalFact),
    transactions: () => office.journal().filter((fact) => fact.kind === "TransactionPosted"),
  };
  for (const fact of catalogFacts) tell(topics.catalog, fact);
  const public_key = keys.publicKey.export({ type: "spki", format: "der" });
  tell(topics.cuts, {
    kind: "DeploymentMade",
    generation: 1,
    partitions: 1,
    public_key,
    made_at: 0,
  });
  return office;
}

/** The log, but for one commit whose answer does not come. */
function losing(log: MemoryLog, lost: { at: number; isWritten: boolean }): Log {
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

const catalogFacts: CatalogFact[] = [
  settings(),
  plan("dev", [fee("monthly", "20", ""), perUnit("input", "tokens", "0.50", "1000000")]),
  ...["1", "2"].flatMap((n) => [
    customer(`c${n}`, n),
    subscription(`s${n}`, `c${n}`, "dev", "2023-11-01"),
  ]),
];

function part(cut: number, tenants: readonly string[]): CutFact {
  const none = new Uint8Array(32);
  return {
    kind: "PartCompared",
    cut,
    partition: 0,
    end_offset: 0,
    raw_end_offset: 0,
    repair: 0,
    digest: none,
    merkle_root: null,
    tenants: tenants.map((tenant) => ({
      tenant,
      accepted: 1,
      measured: 1,
      without_meter: 0,
      unmeasurable: 0,
      events_digest: none,
      measurements: 1,
      measurements_digest: none,
      rollups: 1,
      rollups_digest: none,
      quantities: [],
    })),
  };
}

export function invoice(id: string, rounding: string): Fact {
  return {
    kind: "InvoiceFinalized",
    invoice: id,
    number: "INV-000001",
    tenant: "default",
    customer: "c1",
    subscription: "s1",
    plan: "dev",
    plan_version: 1,
    period_from: november,
    period_to: december,
    currency: "USD",
    lines: [],
    exact: "0",
    rounding,
    total: "0",
    finalized_at: 0,
    journal_step: 0,
    journal_hash: new Uint8Array(32),
    explanations: [],
    entity: null,
    taxes: [],
    tax_basis: null,
    due_at: null,
    parts: [],
  };
}

/** 20 dollars of c1, of which 15 are taken off the invoice `ab`. */
export function payment(id: string): Fact {
  return {
    kind: "PaymentRecorded",
    ...whose(id),
    amount: "2000",
    method: "bank_transfer",
    reference: "",
    received_at: november,
    settles: [{ invoice: "ab", number: "INV-000001", amount: "1500" }],
    credited: "500",
    actor: "k",
    recorded_at: november,
  };
}

/** Of all of that. */
export function reversal(id: string): Fact {
  return {
    kind: "PaymentReversed",
    ...whose(id),
    amount: "2000",
    reason: "returned",
    reopens: [{ invoice: "ab", number: "INV-000001", amount: "1500" }],
    unapplied: [],
    uncredited: "500",
    actor: "k",
    reversed_at: november,
  };
}

function whose(payment: string) {
  return { payment, tenant: "default", customer: "c1", currency: "USD" };
}

export function row(cut: number, of: string, day: string, quantity: string): UsageRow {
  return usageRow(cut, of, "tokens", day, quantity);
}
