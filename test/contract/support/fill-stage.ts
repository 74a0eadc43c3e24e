import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { ColumnsUnavailable, connectColumns, migrate } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { createMemoryLog } from "@tallybook/log";
import type { Turning } from "@tallybook/log";
import { toText } from "@tallybook/money";
import { openSink } from "@tallybook/service-aggregator";
import type { SinkOptions } from "@tallybook/service-aggregator";
import { startTestEngines } from "@tallybook/testkit";
import {
  createCutsFold,
  createTally,
  fillName,
  mergingOf,
  noCuts,
  partWith,
} from "@tallybook/usage";
import type { CutFact, Cuts, Meter } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";
import type { FactOf } from "@tallybook/wire";
import { expect } from "vitest";

import {
  begin,
  cutCount,
  hour,
  isReadBy,
  lastCut,
  meterOf,
  partitions,
  tokens,
  writeUsage,
} from "./fill-usage.ts";
import type { Used } from "./fill-usage.ts";

/** The process died at a fail point. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export type Point = Parameters<SinkOptions["reached"]>[0];

/** Sinks over a log in memory and the real ClickHouse, and meters whose history they fill. */
export interface FillStage {
  readonly events: readonly Used[];
  readonly columns: Columns;
  sinks: Turning[];
  /** Called at every fail point. */
  reached: (point: Point) => void;
  /** Called when ClickHouse has done what a fill asked of it, before the answer is there. */
  afterwards: (what: "insertFilled" | "buildRollups") => Promise<void>;
  readonly cuts: () => Cuts;
  readonly factsOf: <Kind extends CutFact["kind"]>(kind: Kind) => FactOf<Kind>[];
  /** Opens another cut, and answers its number. */
  readonly openCut: () => Promise<number>;
  readonly openSinks: () => Promise<Turning[]>;
  /** Lets a moment pass: what is looked at now and then is due. */
  readonly pass: () => void;
  /** Turns until nobody has anything to do; who dies is opened again. Returns how often somebody died. */
  readonly untilRest: () => Promise<number>;
  /** A meter that nobody knew until now, to be filled. */
  readonly ask: (aggregation?: Meter["aggregation"]) => Meter;
  /** All parts are as the log says, with what was filled in, to somebody who remembers nothing. */
  readonly expectWhole: () => Promise<void>;
  /** What a meter has measured, as known at the cuts from `cutMin` to `cutMax`. */
  readonly quantityOf: (meter: Meter, cutMax: number, cutMin?: number) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function startFillStage(): Promise<FillStage> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-fill-"));
  const engines = await startTestEngines(dir, "clickhouse");
  const options = { url: engines.clickhouseUrl, database: `tallybook_fill_${Date.now()}` };
  await migrate(options);
  const columns = connectColumns(options);
  const log = createMemoryLog();
  await log.prepareTopics([
    { topic: topics.usageAccepted, partitions },
    { topic: topics.cuts, partitions: 1 },
  ]);
  let time = 0;
  let opened = cutCount;
  let asked: Meter[] = [];
  let helpless: string[] = [];

  function cuts(): Cuts {
    const evolve = createCutsFold();
    return facts().reduce((state, fact) => evolve(state, fact), noCuts);
  }

  function facts(): CutFact[] {
    return log.recordsOf(topics.cuts, 0).map(({ value }) => decode(value) as CutFact);
  }

  function factsOf<Kind extends CutFact["kind"]>(kind: Kind): FactOf<Kind>[] {
    return facts().filter((fact) => fact.kind === kind) as FactOf<Kind>[];
  }

  async function append(fact: CutFact): Promise<void> {
    const producer = await log.producer();
    await producer.send([{ topic: topics.cuts, partition: 0, key: null, value: encode(fact) }]);
  }

  async function open(cut: number): Promise<void> {
    const catalog_offset = cut < lastCut ? 1 : 9;
    const at = begin + cut * hour;
    await append({ kind: "CutOpened", cut, time: at, catalog_offset, spools: [], complete: true });
  }

  async function openCut(): Promise<number> {
    await open(opened);
    opened += 1;
    return opened - 1;
  }

  async function openSinks(): Promise<Turning[]> {
    return Promise.all(Array.from({ length: partitions }, (_, partition) => openOne(partition)));
  }

  async function openOne(partition: number): Promise<Turning> {
    return openSink({
      log,
      columns: disturbed(columns),
      partition,
      partitions,
      generation: 1,
      rowsMax: 5,
      cuts: async () => cuts(),
      // In those cuts that others know it at, `tokens` alone is measured: of the rest nobody asks here.
      metersBelow: async () => new Map([["t", new Map([["tokens", [tokens]]])]]),
      meterOf: async ({ meter }) => asked.find((each) => each.meter === meter) ?? tokens,
      requestedAt: async () => 1,
      fills: () => asked.map((meter) => ({ meter, last_cut: lastCut })),
      reached: (point) => stage.reached(point),
      raise: () => {},
      told: {
        begun: () => {},
        ended: () => {},
        filling: () => {},
        filled: () => {},
        givenUp: (differences) => (helpless = [...helpless, ...differences]),
      },
      restore: () => migrate(options),
      now: () => time,
      lookMs: 1,
      scrubMs: 1,
    });
  }

  /** ClickHouse to which something happens when it has done what was asked. */
  function disturbed(whole: Columns): Columns {
    return {
      ...whole,
      async insertFilled(...given) {
        await whole.insertFilled(...given);
        await stage.afterwards("insertFilled");
      },
      async buildRollups(...given) {
        await whole.buildRollups(...given);
        if (given[1] !== undefined) await stage.afterwards("buildRollups");
      },
    };
  }

  async function untilRest(): Promise<number> {
    let deaths = 0;
    for (let idle = 0, turns = 0; idle < 4; turns += 1) {
      if (turns > 20_000) throw new Error("never comes to rest");
      time += 1;
      const outcomes: string[] = [];
      for (const [at, sink] of stage.sinks.entries()) {
        try {
          outcomes.push(await sink.turn());
        } catch (error) {
          if (!(error instanceof Crash) && !(error instanceof ColumnsUnavailable)) throw error;
          deaths += 1;
          stage.sinks[at] = await openOne(at);
          outcomes.push("worked");
        }
      }
      idle = outcomes.includes("worked") ? 0 : idle + 1;
    }
    return deaths;
  }

  function ask(aggregation: Meter["aggregation"] = "sum"): Meter {
    const meter = meterOf(`m${asked.length}`, aggregation);
    asked = [...asked, meter];
    return meter;
  }

  async function expectWhole(): Promise<void> {
    const state = cuts();
    const filled = [...state.fills.values()];
    const parts = state.parts
      .flatMap((ofCut) => [...ofCut.values()])
      .map((part) => partWith(part, filled));
    expect(parts).toHaveLength(cutCount * partitions);
    const stranger = connectColumns(options);
    try {
      expect(await stranger.proveParts(parts)).toEqual({ ok: true });
    } finally {
      await stranger.close();
    }
    expect([...state.repairs.values()].filter(({ isDone }) => !isDone)).toEqual([]);
    expect(helpless).toEqual([]);
    for (const meter of asked) expectFilled(meter, state);
  }

  function expectFilled({ meter, aggregation }: Meter, state: Cuts): void {
    const fill = state.fills.get(fillName({ tenant: "t", meter }));
    expect(fill?.ended).toEqual(new Set([0, 1]));
    for (let cut = 0; cut < cutCount; cut += 1)
      for (let partition = 0; partition < partitions; partition += 1) {
        const own = stage.events.filter(
          ({ event, partition: of }) =>
            event.cut === cut && of === partition && event.type === "tool",
        );
        const found = fill?.parts.get(partition)?.get(cut);
        if (cut > lastCut || own.length === 0) expect(found).toBeUndefined();
        else
          expect(found).toMatchObject({
            measured: own.filter(({ event }) => isReadBy(aggregation, event)).length,
            were_without_meter: found?.measured,
          });
      }
  }

  async function quantityOf(of: Meter, cutMax: number, cutMin = 0) {
    const { fills } = cuts();
    const rows = await columns.readUsage({
      tenant: "t",
      from: 0,
      to: begin * 2,
      cutMin,
      cutMax,
      fills,
    });
    const tally = createTally(mergingOf(of));
    for (const row of rows.filter(({ meter }) => meter === of.meter)) tally.add(row);
    return toText(tally.quantity());
  }

  const stage: FillStage = {
    events: await writeUsage(log),
    columns,
    sinks: [],
    reached: () => {},
    afterwards: async () => {},
    cuts,
    factsOf,
    openCut,
    openSinks,
    pass: () => void (time += 1),
    untilRest,
    ask,
    expectWhole,
    quantityOf,
    async close() {
      for (const sink of stage.sinks) await sink.close();
      await columns.close();
      await engines.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await append({
    kind: "DeploymentMade",
    generation: 1,
    partitions,
    public_key: Buffer.alloc(0),
    made_at: begin,
  });
  for (let cut = 0; cut < cutCount; cut += 1) await open(cut);
  stage.sinks = await openSinks();
  await untilRest();
  return stage;
}
