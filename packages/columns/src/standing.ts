import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";
import type { Known } from "./filled.ts";

/** Which rows are asked for: conditions that both rollups and measurements understand, with their parameters. */
export interface Asked {
  readonly known: Known;
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Measurements of the cuts from this one on count too; null: of closed cuts alone. */
  readonly openFrom: number | null;
}

/** Whether something of the rows that are asked for was taken back: a look at one column that is nearly everywhere 0. */
export async function isCorrected(client: ClickHouseClient, asked: Asked): Promise<boolean> {
  const parts = [
    `SELECT 1 AS found FROM rollups WHERE ${asked.sql} AND ${asked.known.sql} AND taken_back > 0`,
  ];
  if (asked.openFrom !== null)
    parts.push(
      `SELECT 1 AS found FROM measurements WHERE ${asked.sql}${asked.known.hidden} AND cut >= {openFrom:UInt32} AND takes_back >= 0`,
    );
  const rows = await rowsOf(
    client,
    `SELECT found FROM (${parts.join(" UNION ALL ")}) LIMIT 1`,
    asked.parameters,
  );
  return rows.length > 0;
}

/** Holds for the measurements that are known. */
export function knownMeasurements({ known, openFrom }: Pick<Asked, "known" | "openFrom">): string {
  return openFrom === null
    ? known.sql
    : `(${known.sql} OR cut >= {openFrom:UInt32}${known.hidden})`;
}

/** Holds for measurements that were not taken back, and take nothing back, as far as is known. */
export function isStanding(asked: Pick<Asked, "known" | "sql" | "openFrom">): string {
  return `takes_back < 0 AND (log_partition, tenant, meter, raw_offset) NOT IN (
    SELECT log_partition, tenant, meter, toUInt64(takes_back) FROM measurements
    WHERE ${asked.sql} AND ${knownMeasurements(asked)} AND takes_back >= 0)`;
}

/** Holds for rows of slots of which something was taken back: unless they add up, they are computed from measurements. */
export function isTouched(asked: Pick<Asked, "known" | "sql" | "openFrom">): string {
  return `(tenant, customer, meter, slot) IN (
    SELECT tenant, customer, meter, slot FROM measurements
    WHERE ${asked.sql} AND ${knownMeasurements(asked)} AND takes_back >= 0)`;
}
