import { setTimeout as sleep } from "node:timers/promises";

import { ColumnsUnavailable, cutsOf, differencesOf, spanOf } from "@tallybook/columns";
import type { Columns, ColumnsControl, MirrorRange, TableTotal } from "@tallybook/columns";
import type { Log } from "@tallybook/log";
import { partName, partWith } from "@tallybook/usage";
import type { Cuts, Fill, PartCompared } from "@tallybook/usage";

import { readCuts } from "./books.ts";
import { mirroredRanges, readMirrored, untilMirrored } from "./rebuild-mirror.ts";

export interface RebuildOptions {
  readonly log: Log;
  readonly columns: Pick<Columns, "readControls" | "readTotals" | "dropTables" | "mirror">;
  readonly told: (progress: RebuildProgress) => void;
  /** Milliseconds without any progress after which it is given up; five minutes unless given. */
  readonly patienceMs?: number;
  /** Milliseconds between looks at what is there again. */
  readonly lookMs?: number;
}

export interface RebuildProgress {
  readonly doing: "reading" | "dropping" | "waiting" | "comparing";
  /** Cuts that are there again and equal to the log, of how many. */
  readonly cuts: number;
  readonly cutsTotal: number;
  /** Events that are there again, of how many. */
  readonly events: number;
  readonly eventsTotal: number;
}

/** A table as it was before and as it was made again, of the cuts that were closed before. */
export interface RebuiltTable {
  readonly table: string;
  readonly before: Omit<TableTotal, "table">;
  readonly after: Omit<TableTotal, "table">;
  readonly isEqual: boolean;
}

export interface Rebuilt {
  /** The last cut that is compared; what came later is compared at its own cut. */
  readonly cut: number;
  readonly tables: readonly RebuiltTable[];
  /** Totals and digests of a tenant in a part: how many there are, and which are not what they were. */
  readonly controls: number;
  readonly differences: readonly string[];
}

/** Nothing to rebuild, or nobody there to do it. */
export class NotRebuilt extends Error {
  override readonly name = "NotRebuilt";
}

const patienceMsUsual = 5 * 60_000;
const lookMsUsual = 1_000;

/**
 * Drops all tables of the columns and waits until the aggregator has made them again from the log; then compares each with
 * what it was. Ingest goes on meanwhile, cuts wait for their parts, and the rater waits for what it cannot prove.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { columns } = options;
  const cuts = await readCuts(options.log);
  const cut = cuts.closed.length - 1;
  if (cut < 0) throw new NotRebuilt("no cut is closed yet: there is nothing to rebuild.");
  const filling = fillUnderWay(cuts);
  if (filling !== undefined)
    throw new NotRebuilt(
      `the history of meter ${filling.meter}, tenant ${filling.tenant}, is being filled: what is there now is not what will be there then. Wait until \`tally status\` no longer says so.`,
    );
  const parts = cuts.parts.slice(0, cut + 1).flatMap((ofCut) => [...ofCut.values()]);
  const eventsTotal = parts.reduce((sum, part) => sum + eventsOf(part), 0);
  const begun = { cuts: 0, cutsTotal: cut + 1, events: 0, eventsTotal };

  options.told({ doing: "reading", ...begun });
  const mirrored = await mirroredRanges(options.log, cuts.deployment?.partitions ?? 0);
  await untilAllMirrored(options, mirrored);
  const before = await readAllOf(options, cut, mirrored);
  options.told({ doing: "dropping", ...begun });
  await columns.dropTables();
  await untilThere(options, cuts, cut, eventsTotal);
  await untilAllMirrored(options, mirrored);
  options.told({ ...begun, doing: "comparing", cuts: cut + 1, events: eventsTotal });
  const after = await readAllOf(options, cut, mirrored);

  return {
    cut,
    tables: before.tables.map(({ table, ...was }, at) => {
      const { rows, digest } = after.tables[at] ?? { rows: 0, digest: "" };
      const isEqual = was.rows === rows && was.digest === digest;
      return { table, before: was, after: { rows, digest }, isEqual };
    }),
    controls: before.controls.length,
    differences: differencesOf(asParts(before.controls), after.controls).map((difference) =>
      difference.replace("in the log", "before"),
    ),
  };
}

async function untilAllMirrored(
  { columns, patienceMs = patienceMsUsual, lookMs = lookMsUsual }: RebuildOptions,
  ranges: readonly MirrorRange[],
): Promise<void> {
  const behind = await untilMirrored(columns, ranges, { patienceMs, lookMs });
  if (behind === undefined) return;
  const { topic, partition, to } = behind;
  throw new NotRebuilt(
    `the rows of ${topic}/${partition} have not come up to offset ${to} for ${Math.round(patienceMs / 1_000)} s: does the aggregator run? Its log says what its mirror waits for.`,
  );
}

function fillUnderWay({ fills, deployment }: Cuts): Fill | undefined {
  return fills.values().find(({ ended }) => ended.size < (deployment?.partitions ?? 0));
}

/** Waits span by span, so that what is proven stays proven whatever the others do. */
async function untilThere(
  { columns, told, ...options }: RebuildOptions,
  cuts: Cuts,
  last: number,
  eventsTotal: number,
): Promise<void> {
  const { patienceMs = patienceMsUsual, lookMs = lookMsUsual } = options;
  const doing = "waiting";
  let movedAt = performance.now();
  let most = -1;
  let eventsBefore = 0;
  for (let span = 0; span <= spanOf(last); span += 1) {
    const { cutMin, cutMax } = cutsOf(span);
    const range = { cutMin, cutMax: Math.min(cutMax, last) };
    const parts = cuts.parts
      .slice(range.cutMin, range.cutMax + 1)
      .flatMap((ofCut) => [...ofCut.values()])
      .map((part) => partWith(part, cuts.fills.values()));
    for (;;) {
      const found = await controlsOf(columns, range);
      const differences = differencesOf(parts, found);
      const events = eventsBefore + found.reduce((sum, { accepted }) => sum + accepted, 0);
      const different = new Set(differences.map((difference) => difference.split(",")[0]));
      const done = range.cutMax + 1 - different.size;
      told({ doing, cuts: done, cutsTotal: last + 1, events, eventsTotal });
      if (differences.length === 0) break;
      if (events + done > most) {
        most = events + done;
        movedAt = performance.now();
      }
      if (performance.now() - movedAt > patienceMs)
        throw new NotRebuilt(
          `nothing has come back for ${Math.round(patienceMs / 1_000)} s, with ${done} of ${last + 1} cuts there: does the aggregator run? Its /readyz says what it waits for. First difference: ${differences[0]}`,
        );
      await sleep(lookMs);
    }
    eventsBefore += parts.reduce((sum, part) => sum + eventsOf(part), 0);
  }
}

/** What is there of some cuts; nothing while their tables are not. */
async function controlsOf(
  columns: RebuildOptions["columns"],
  range: { cutMin: number; cutMax: number },
): Promise<ColumnsControl[]> {
  try {
    return await columns.readControls(range);
  } catch (error) {
    if (error instanceof ColumnsUnavailable) return [];
    throw error;
  }
}

async function readAllOf(
  { columns }: RebuildOptions,
  last: number,
  mirrored: readonly MirrorRange[],
): Promise<{ tables: TableTotal[]; controls: ColumnsControl[] }> {
  const controls: ColumnsControl[] = [];
  for (let span = 0; span <= spanOf(last); span += 1) {
    const { cutMin, cutMax } = cutsOf(span);
    for (const control of await columns.readControls({ cutMin, cutMax: Math.min(cutMax, last) }))
      controls.push(control);
  }
  const usage = await columns.readTotals({ cutMin: 0, cutMax: last });
  return { tables: [...usage, ...(await readMirrored(columns, mirrored))], controls };
}

function asParts(
  controls: readonly ColumnsControl[],
): Pick<PartCompared, "cut" | "partition" | "tenants">[] {
  return [...Map.groupBy(controls, partName).values()].flatMap((tenants) => {
    const [first] = tenants;
    return first === undefined ? [] : [{ cut: first.cut, partition: first.partition, tenants }];
  });
}

function eventsOf({ tenants }: PartCompared): number {
  return tenants.reduce((sum, { accepted }) => sum + accepted, 0);
}
