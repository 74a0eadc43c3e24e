import { generateKeyPairSync } from "node:crypto";

import type { CatalogFact } from "@tallybook/catalog";
import { ColumnsUnavailable } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { MemoryLog, Turning } from "@tallybook/log";
import {
  emptyView,
  evolveView,
  fillOrders,
  meterOf,
  metersBelow,
  requestedAt,
  createSpools,
  openCloser,
  openSink,
} from "@tallybook/service-aggregator";
import { openDeduper } from "@tallybook/service-deduper";
import { createCutsFold, noCuts, readPublicKey, settingsBehind } from "@tallybook/usage";
import type { CutFact, KnownSettings } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";

import { createFaultyLog } from "./faultyLog.ts";
import { createMemoryColumns } from "./memoryColumns.ts";
import type { MemoryColumns } from "./memoryColumns.ts";
import { copyOf, emptyDisk, openMemoryStore } from "./memoryStore.ts";
import type { Disk } from "./memoryStore.ts";
import { Crash, placeOf, stepAt, stepZombie, takeOver } from "./places.ts";
import type { Place } from "./places.ts";
import { createRandom } from "./random.ts";
import type { Random } from "./random.ts";
import { createTraffic, partitions } from "./traffic.ts";
import type { Traffic } from "./traffic.ts";
import { createView } from "./view.ts";

export interface Outcome {
  readonly log: MemoryLog;
  readonly columns: MemoryColumns;
  readonly crashes: number;
  readonly takeovers: number;
  /** How often somebody changed rows in the columns. */
  readonly corruptions: number;
}

export interface Plan {
  readonly seed: number;
  readonly steps: number;
  readonly transactions: boolean;
  /** Customers, plans and subscriptions that are known from the beginning. */
  readonly billed?: readonly CatalogFact[];
  /** What happens outside; everything at random unless given. */
  readonly traffic?: (log: MemoryLog) => Traffic;
  /** Nobody changes rows in the columns. */
  readonly isUntouched?: boolean;
  /** Told after each turn of a sink how far it says that it is. */
  readonly onSink?: (said: SinkSaid) => void;
}

export interface SinkSaid {
  readonly log: MemoryLog;
  readonly columns: MemoryColumns;
  readonly partition: number;
  /** The last offset of `usage.raw` up to which it has everything in the columns. */
  readonly through: number;
}

/** The deployment's. */
export const keys = generateKeyPairSync("ed25519");
export const publicKeyDer = keys.publicKey.export({ type: "spki", format: "der" });

/** Steps between a sink's looks at its closed parts. */
const lookTicks = 15;

/** Runs deduper, aggregator and closer over a log in memory: faults for some steps, then calm until nothing is left to do. */
export async function runWorld(plan: Plan): Promise<Outcome> {
  const { seed, steps, transactions, billed = [], onSink = () => {} } = plan;
  const random = createRandom(seed);
  const log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.usageRaw, partitions },
    { topic: topics.usageAccepted, partitions },
    { topic: topics.usageRejected, partitions },
    { topic: topics.cuts, partitions: 1 },
    { topic: topics.catalog, partitions: 1 },
    { topic: topics.journal, partitions: 1 },
    { topic: topics.invoices, partitions: 1 },
  ]);
  const columns = createMemoryColumns();
  const traffic = plan.traffic?.(log) ?? createTraffic(log, random, billed);
  await Promise.resolve();
  let calm = false;
  let crashes = 0;
  let takeovers = 0;
  let corruptions = 0;
  let ticks = 0;

  function corrupt(): void {
    if (plan.isUntouched !== true && columns.corrupt(random, partitions)) corruptions += 1;
  }

  function reached(point: string): void {
    if (calm || !random.chance(0.04)) return;
    crashes += 1;
    throw new Crash(point);
  }

  const places = placesOf({
    log: createFaultyLog(log, random, () => !calm),
    memory: log,
    columns,
    random,
    reached,
    transactions,
    isCalm: () => calm,
    now: () => ticks,
    onSink: (partition, through) => onSink({ log, columns, partition, through }),
  });

  for (let at = 0; at < steps; at += 1) {
    traffic.act();
    ticks += 1;
    if (random.chance(0.02)) corrupt();
    await Promise.resolve();
    const place = random.pick(places);
    await stepAt(place);
    if (random.chance(0.02) && takeOver(place)) takeovers += 1;
    if (place.zombies.length > 0 && random.chance(0.3)) await stepZombie(place);
  }

  calm = true;
  traffic.requestCut();
  await Promise.resolve();
  await untilRest();
  // Long after their cuts closed.
  for (let times = random.below(3); times > 0; times -= 1) corrupt();
  await untilRest();
  return { log, columns, crashes, takeovers, corruptions };

  async function untilRest(): Promise<void> {
    for (let idle = 0, turns = 0; idle < 3; turns += 1) {
      if (turns > 10_000) throw new Error("never comes to rest");
      ticks += lookTicks;
      let worked = false;
      for (const place of places) worked = (await stepAt(place)) !== "idle" || worked;
      idle = worked ? 0 : idle + 1;
    }
  }
}

function placesOf(given: {
  log: ReturnType<typeof createFaultyLog>;
  memory: MemoryLog;
  columns: MemoryColumns;
  random: Random;
  reached: (point: string) => void;
  transactions: boolean;
  isCalm: () => boolean;
  now: () => number;
  onSink: (partition: number, through: number) => void;
}): Place[] {
  const { log, memory, columns, random, reached, transactions } = given;
  const stopping = new AbortController().signal;
  const newCuts = () => createView(memory, topics.cuts, noCuts, foldCuts());
  const newCatalog = () => createView(memory, topics.catalog, emptyView, evolveView);
  const disks = Array.from({ length: partitions }, emptyDisk);
  const snapshots: Disk[][] = disks.map(() => []);

  // A copy may be made at any moment, between the store's change and the output's commit as well.
  function reachedInDeduper(point: string): void {
    if (random.chance(0.1)) disks.forEach((disk, at) => snapshots[at]?.push(copyOf(disk)));
    reached(point);
  }

  function openDeduperOf(partition: number): Promise<Turning> {
    // Another machine, or a lost disk: the store is an older copy, or folded again from the topics.
    if (!given.isCalm() && random.chance(0.2)) {
      const copies = snapshots[partition] ?? [];
      const isRestored = copies.length > 0 && random.chance(0.6);
      disks[partition] = isRestored ? copyOf(random.pick(copies)) : emptyDisk();
    }
    const store = openMemoryStore(disks[partition] ?? emptyDisk());
    const grounds = {
      partition,
      partitions,
      publicKey: readPublicKey(publicKeyDer),
      settingsAt: (offset: number) => settingsBelow(memory, offset),
    };
    // Sometimes an insert ends behind each batch, sometimes behind many.
    const msPerTick = random.pick([1, 1_000]);
    const now = () => given.now() * msPerTick;
    return openDeduper({ log, store, grounds, reached: reachedInDeduper, transactions, now });
  }

  async function openSinkOf(partition: number): Promise<Turning> {
    const cuts = newCuts();
    const catalog = newCatalog();
    const sink = await openSink({
      log,
      columns: faultyColumns(columns, random, given.isCalm),
      partition,
      partitions,
      generation: 1,
      rowsMax: 4,
      cuts: async () => cuts.state(),
      metersBelow: (offset, filled) => metersBelow(catalog, offset, filled),
      meterOf: (fill) => meterOf(catalog, fill),
      requestedAt: (fill) => requestedAt(catalog, fill),
      fills: ({ opened }) => fillOrders(catalog.state(), opened),
      reached,
      raise: () => {},
      told: {
        begun: () => {},
        ended: () => {},
        filling: () => {},
        filled: () => {},
        givenUp: (differences) => {
          if (given.isCalm()) throw new Error(differences.join("\n"));
        },
      },
      restore: async () => {},
      now: given.now,
      lookMs: lookTicks,
      scrubMs: lookTicks,
    });
    return {
      async turn() {
        const outcome = await sink.turn();
        given.onSink(partition, sink.through());
        return outcome;
      },
      close: () => sink.close(),
    };
  }

  function openCloserHere(): Promise<Turning> {
    return openCloser({
      log,
      cuts: newCuts(),
      catalog: newCatalog(),
      partitions,
      spools: createSpools([]),
      privateKey: keys.privateKey,
      publicKey: publicKeyDer,
      now: () => 0,
      reached,
      stopping,
    });
  }

  const opens: (() => Promise<Turning>)[] = [openCloserHere];
  for (let partition = 0; partition < partitions; partition += 1) {
    opens.push(
      () => openDeduperOf(partition),
      () => openSinkOf(partition),
    );
  }
  return opens.map(placeOf);
}

function foldCuts() {
  const evolve = createCutsFold();
  return (state: typeof noCuts, fact: { kind: string }) => evolve(state, fact as CutFact);
}

async function settingsBelow(log: MemoryLog, catalogOffset: number): Promise<KnownSettings> {
  let known: KnownSettings | undefined;
  for (const { offset, value } of log.recordsOf(topics.catalog, 0).slice(0, catalogOffset)) {
    const fact = decode(value);
    if (fact.kind === "SettingsSet" || fact.kind === "BackfillRequested")
      known = settingsBehind(known, fact, offset);
  }
  if (known === undefined) throw new Error("no settings at the barrier");
  return known;
}

// ClickHouse whose answer is sometimes lost, before it did what was asked or after.
function faultyColumns(
  columns: MemoryColumns,
  random: Random,
  isCalm: () => boolean,
): MemoryColumns {
  async function lossy(ask: () => Promise<void>): Promise<void> {
    const isLost = !isCalm() && random.chance(0.03);
    if (!isLost || random.chance(0.5)) await ask();
    if (isLost) throw new ColumnsUnavailable("the answer was lost");
  }
  return {
    ...columns,
    insertMeasured: (range, rows) => lossy(() => columns.insertMeasured(range, rows)),
    insertFilled: (range, fill, rows) => lossy(() => columns.insertFilled(range, fill, rows)),
    buildRollups: (range, fill) => lossy(() => columns.buildRollups(range, fill)),
    deleteCuts: (place, cuts) => lossy(() => columns.deleteCuts(place, cuts)),
  };
}
