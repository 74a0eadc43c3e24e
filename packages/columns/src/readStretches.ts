import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";
import { namedRows } from "./readNamed.ts";
import type { NamedFilter, NamedStretch } from "./readNamed.ts";

/** Offsets are counted by so many: a stretch begins and ends where such a run does. */
const runLength = 8_192;

/** A run of offsets in which something is named. */
export interface NamedRun {
  readonly partition: number;
  /** Of the runs of the partition, from 0. */
  readonly run: number;
  readonly cutMin: number;
  readonly cutMax: number;
  /** Of events and of measurements. */
  readonly rows: number;
}

/**
 * Stretches of the log, in its order, by which `readNamed` can be asked for all that is named, some `rowsMax` rows at a time; one that
 * stands for everything (null) where that is not more.
 */
export async function readStretches(
  client: ClickHouseClient,
  filter: NamedFilter,
  rowsMax: number,
): Promise<(NamedStretch | null)[]> {
  const { named, measured, parameters } = namedRows(filter);
  const rows = await rowsOf<FoundRun>(
    client,
    `SELECT log_partition, intDiv(raw_offset, ${runLength}) AS nth, toString(nth) AS run, min(cut) AS cut_min, max(cut) AS cut_max, toString(count()) AS rows
      FROM (
        SELECT cut, log_partition, raw_offset FROM usage_events WHERE ${named}
        UNION ALL
        SELECT cut, log_partition, raw_offset FROM measurements WHERE ${measured}
      ) GROUP BY log_partition, nth ORDER BY log_partition, nth`,
    parameters,
  );
  const runs = rows.map((row) => ({
    partition: row.log_partition,
    run: Number(row.run),
    cutMin: row.cut_min,
    cutMax: row.cut_max,
    rows: Number(row.rows),
  }));
  return stretchesOf(runs, rowsMax);
}

interface FoundRun {
  readonly log_partition: number;
  readonly run: string;
  readonly cut_min: number;
  readonly cut_max: number;
  readonly rows: string;
}

/** Runs in the order of the log, put together to stretches of at most so many rows; one run may have more. `length`: offsets of a run. */
export function stretchesOf(
  runs: readonly NamedRun[],
  rowsMax: number,
  length = runLength,
): (NamedStretch | null)[] {
  if (runs.reduce((sum, { rows }) => sum + rows, 0) <= rowsMax) return [null];
  const stretches: (NamedStretch & { readonly rows: number })[] = [];
  for (const { partition, run, cutMin, cutMax, rows } of runs) {
    const last = stretches.at(-1);
    const to = (run + 1) * length;
    if (last?.partition === partition && last.rows + rows <= rowsMax)
      stretches[stretches.length - 1] = {
        ...last,
        to,
        cutMin: Math.min(last.cutMin, cutMin),
        cutMax: Math.max(last.cutMax, cutMax),
        rows: last.rows + rows,
      };
    else stretches.push({ partition, from: run * length, to, cutMin, cutMax, rows });
  }
  return stretches.map(({ rows: _, ...stretch }) => stretch);
}
