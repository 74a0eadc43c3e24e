import {
  clockOf,
  emptyCatalog,
  evolve,
  settingsOf,
  type Asked,
  type Catalog,
  type CatalogFact,
} from "@tallybook/catalog";
import {
  Fenced,
  follow,
  LogUnavailable,
  type Log,
  type OutRecord,
  type Transactor,
} from "@tallybook/log";
import type { Micros } from "@tallybook/periods";
import { encode, topics } from "@tallybook/wire";
import type { Decided, Order } from "./orders/order.ts";

/** The one writer of the topic `catalog`, and the fold of it that everything is decided and answered from. */
export interface Registry {
  catalog(): Catalog;
  /** Of the last advance of simulated time. */
  clockOffset(): number;
  /** The deployment's clock: simulated, else the wall's. */
  now(): Micros;
  /**
   * Decides when its turn has come, appends, and resolves when the facts are folded: whoever asks next sees them. Throws
   * `LogUnavailable` where Kafka does not answer in time (the order may still have taken effect), `Busy` while too many
   * wait, and `Fenced` once another writer has taken over.
   */
  execute(order: Order, by: Omit<Asked, "now">): Promise<Executed>;
  /** Rejects when this writer cannot go on: fenced by a successor, or the fold failed. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

export type Executed =
  | Exclude<Decided, { kind: "facts" }>
  | {
      readonly kind: "done";
      readonly facts: readonly CatalogFact[];
      /** Of the last fact; null where there was nothing to do. */
      readonly offset: number | null;
    };

/** More orders wait than the bound allows. */
export class Busy extends Error {
  override readonly name = "Busy";
}

const transactorId = "tallybook.catalog";
const waitingMax = 200;
const foldMsMax = 20_000;
const attemptsMax = 3;

interface Fold {
  readonly catalog: Catalog;
  /** How many facts are folded: markers of transactions take offsets, so that offsets do not count them. */
  readonly facts: number;
  readonly lastOffset: number;
  readonly clockOffset: number;
}

/** Fences the writer before it, then reads the whole topic. */
export async function openRegistry(
  log: Log,
  wallClock: () => Micros,
  {
    idleMs,
    reached = () => {},
  }: {
    readonly idleMs?: number;
    readonly reached?: (point: "catalog.decided" | "catalog.appended" | "catalog.folded") => void;
  } = {},
): Promise<Registry> {
  let transactor: Transactor = await log.transactor(transactorId);
  const follower = await follow<Fold>({
    log,
    topic: topics.catalog,
    initial: { catalog: emptyCatalog(), facts: 0, lastOffset: -1, clockOffset: -1 },
    evolve: (fold, fact, offset) => ({
      catalog: evolve(fold.catalog, fact as CatalogFact, offset),
      facts: fold.facts + 1,
      lastOffset: offset,
      clockOffset: fact.kind === "ClockAdvanced" ? offset : fold.clockOffset,
    }),
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let inDoubt = false;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  follower.done.catch(fail);

  const catalog = (): Catalog => follower.state().catalog;

  function now(): Micros {
    const clock = settingsOf(catalog())?.simulated === true ? clockOf(catalog()) : undefined;
    return clock ?? wallClock();
  }

  async function decideAndAppend(order: Order, by: Omit<Asked, "now">): Promise<Executed> {
    if (inDoubt) await settle();
    const decided = order(catalog(), { ...by, now: now() });
    if (decided.kind !== "facts") return decided;
    const { facts } = decided;
    if (facts.length > 0) reached("catalog.decided");
    if (facts.length === 0) return { kind: "done", facts, offset: null };
    await append(facts, follower.state().facts + facts.length);
    return { kind: "done", facts, offset: follower.state().lastOffset };
  }

  /** Appends and reads back, until `count` facts are folded. */
  async function append(facts: readonly CatalogFact[], count: number): Promise<void> {
    for (let attempt = 1; follower.state().facts < count; attempt += 1) {
      try {
        await transactor.commit(facts.map(toRecord));
        reached("catalog.appended");
        await folded((fold) => fold.facts >= count);
        reached("catalog.folded");
      } catch (error) {
        inDoubt = true;
        if (!(error instanceof LogUnavailable) || attempt === attemptsMax) throw error;
        await settle();
      }
    }
  }

  /** Nobody knows whether the last facts are there. Opening decides it; nobody else writes, so reading to the end shows it. */
  async function settle(): Promise<void> {
    await transactor.close().catch(() => {});
    transactor = await log.transactor(transactorId);
    const end = await log.endOffset(topics.catalog, 0);
    await folded((_fold, offset) => offset >= end);
    inDoubt = false;
  }

  async function folded(holds: (fold: Fold, offset: number) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(foldMsMax);
    await follower.until(holds, signal).catch((error: unknown) => {
      throw signal.aborted
        ? new LogUnavailable("catalog is not read back in time", { cause: error })
        : error;
    });
  }

  return {
    catalog,
    clockOffset: () => follower.state().clockOffset,
    now,
    failed,
    async execute(order, by) {
      if (waiting >= waitingMax) throw new Busy(`${waiting} orders wait`);
      waiting += 1;
      const mine = turn.then(() => decideAndAppend(order, by));
      turn = mine.catch((error: unknown) => {
        if (error instanceof Fenced) fail(error);
      });
      return mine.finally(() => {
        waiting -= 1;
      });
    },
    async close() {
      await turn;
      await follower.close();
      await transactor.close();
    },
  };
}

function toRecord(fact: CatalogFact): OutRecord {
  return { topic: topics.catalog, partition: 0, key: null, value: encode(fact) };
}
