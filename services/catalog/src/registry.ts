import { timeOf, type Asked, type Catalog, type CatalogFact } from "@tallybook/catalog";
import { createCatalogHistory, evolveHistory, type CatalogHistory } from "@tallybook/journal";
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
import {
  carriedOf,
  noCommands,
  takeCommand,
  type Carried,
  type Command,
  type Commands,
} from "./commands.ts";
import { createRecordedTimes, type RecordedTimes } from "./recorded-times.ts";
import type { Decided, Order } from "./orders/order.ts";

/** The one writer of the topic `catalog`, and the fold of it that everything is decided and answered from. */
export interface Registry {
  catalog(): Catalog;
  /** As it was known below an offset. */
  knownBelow(offset: number): Catalog;
  /** As it was known at a time of the deployment's clock: with everything that was recorded up to then. */
  knownAt(time: Micros): Catalog;
  /** When the fact at an offset was recorded. */
  recordedAt(offset: number): Micros | undefined;
  /** Of the last advance of simulated time. */
  clockOffset(): number;
  /** The deployment's clock: simulated, else the wall's. */
  now(): Micros;
  /**
   * Decides when its turn has come, appends, and resolves when the facts are folded: whoever asks next sees them. Throws
   * `LogUnavailable` where Kafka does not answer in time (the order may still have taken effect), `Busy` while too many
   * wait, and `Fenced` once another writer has taken over. A command that was carried out before is not decided again.
   */
  execute(order: Order, by: Omit<Asked, "now">, command?: Command): Promise<Executed>;
  /** Rejects when this writer cannot go on: fenced by a successor, or the fold failed. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

export type Executed =
  | Exclude<Decided, { kind: "facts" }>
  /** The command's key was used for another request. */
  | { readonly kind: "used_otherwise"; readonly key: string }
  | {
      readonly kind: "done";
      readonly facts: readonly CatalogFact[];
      /** Of the last fact; null where there was nothing to do. */
      readonly offset: number | null;
      /** It was carried out before, and this is what it came to. */
      readonly isRepeated: boolean;
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
  readonly history: CatalogHistory;
  readonly times: RecordedTimes;
  /** How many facts are folded: markers of transactions take offsets, so that offsets do not count them. */
  readonly facts: number;
  readonly lastOffset: number;
  readonly clockOffset: number;
  readonly commands: Commands;
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
    initial: {
      history: createCatalogHistory(isOfKey),
      times: createRecordedTimes(),
      facts: 0,
      lastOffset: -1,
      clockOffset: -1,
      commands: noCommands(),
    },
    evolve: (fold, fact, offset) => ({
      history: evolveHistory(fold.history, fact as CatalogFact, offset),
      times: fold.times.add((fact as CatalogFact).recorded_at, offset),
      facts: fold.facts + 1,
      lastOffset: offset,
      clockOffset: fact.kind === "ClockAdvanced" ? offset : fold.clockOffset,
      commands: takeCommand(fold.commands, fact as CatalogFact, offset),
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

  const catalog = (): Catalog => follower.state().history.now;

  const now = (): Micros => timeOf(catalog(), wallClock());

  async function decideAndAppend(
    order: Order,
    by: Omit<Asked, "now">,
    command?: Command,
  ): Promise<Executed> {
    if (inDoubt) await settle();
    const asked = { ...by, now: now() };
    const before = command && carriedOf(follower.state().commands, by.tenant, command, asked.now);
    if (before !== undefined) return repeated(before, command);
    const decided = order(catalog(), asked);
    if (decided.kind !== "facts") return decided;
    const { facts } = decided;
    const written = command === undefined ? facts : [answered(command, facts, asked), ...facts];
    if (written.length > 0) {
      reached("catalog.decided");
      await append(written, follower.state().facts + written.length);
    }
    const offset = facts.length === 0 ? null : follower.state().lastOffset;
    return { kind: "done", facts, offset, isRepeated: false };
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
    knownBelow: (offset) => follower.state().history.at(offset),
    recordedAt: (offset) => follower.state().times.timeOf(offset),
    knownAt(time) {
      const { history, times } = follower.state();
      return history.at(times.offsetBehind(time));
    },
    clockOffset: () => follower.state().clockOffset,
    now,
    failed,
    async execute(order, by, command) {
      if (waiting >= waitingMax) throw new Busy(`${waiting} orders wait`);
      waiting += 1;
      const mine = turn.then(() => decideAndAppend(order, by, command));
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

/** Who had which key is asked about later. */
function isOfKey({ kind }: CatalogFact): boolean {
  return kind === "ApiKeyCreated" || kind === "ApiKeyRevoked";
}

function repeated({ request, facts, offset }: Carried, command: Command | undefined): Executed {
  if (command !== undefined && !Buffer.from(request).equals(command.request))
    return { kind: "used_otherwise", key: command.key };
  return { kind: "done", facts, offset, isRepeated: true };
}

/** It stands before the facts, so that whoever folds the log knows which are the command's. */
function answered(
  command: Command,
  facts: readonly CatalogFact[],
  { tenant, now, actor }: Asked,
): CatalogFact {
  const head = { tenant, recorded_at: now, actor };
  return { kind: "CommandAnswered", ...head, ...command, facts: facts.length };
}

function toRecord(fact: CatalogFact): OutRecord {
  return { topic: topics.catalog, partition: 0, key: null, value: encode(fact) };
}
