import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";

/** An event by its source and id, as corrections name it. */
export interface CorrectedEvent {
  readonly source: string;
  readonly id: string;
}

/** An accepted correction. */
export interface CorrectionFound {
  readonly target: CorrectedEvent;
  readonly partition: number;
  readonly raw_offset: number;
  readonly id: string;
  readonly retracts: boolean;
  readonly reason: string;
}

/** Names go into the address of a query, which has its bound. */
const targetsMax = 500;

/** The accepted corrections of some events of a tenant; those of an event in the order of the log. */
export async function readCorrections(
  client: ClickHouseClient,
  tenant: string,
  targets: readonly CorrectedEvent[],
): Promise<CorrectionFound[]> {
  const named = new Map(
    targets.map((target) => [JSON.stringify([target.source, target.id]), target]),
  );
  const once = [...named.values()];
  const found: CorrectionFound[] = [];
  for (let from = 0; from < once.length; from += targetsMax)
    found.push(...(await readSome(client, tenant, once.slice(from, from + targetsMax))));
  return found;
}

async function readSome(
  client: ClickHouseClient,
  tenant: string,
  targets: readonly CorrectedEvent[],
): Promise<CorrectionFound[]> {
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT source, target, log_partition, toString(raw_offset) AS offset_text, id, retracts, reason FROM usage_events
      WHERE tenant = {tenant:String} AND target_offset >= 0 AND source IN {sources:Array(String)} AND target IN {targets:Array(String)}
      ORDER BY log_partition, raw_offset`,
    {
      tenant,
      sources: [...new Set(targets.map(({ source }) => source))],
      targets: [...new Set(targets.map(({ id }) => id))],
    },
  );
  return rows.map(({ source, target, log_partition, offset_text, ...row }) => ({
    target: { source, id: target },
    partition: log_partition,
    raw_offset: Number(offset_text),
    ...row,
  }));
}

interface FoundRow {
  readonly source: string;
  readonly target: string;
  readonly log_partition: number;
  readonly offset_text: string;
  readonly id: string;
  readonly retracts: boolean;
  readonly reason: string;
}
