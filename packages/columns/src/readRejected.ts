import type { ClickHouseClient } from "@clickhouse/client";

import { rowsOf } from "./connect.ts";

/** Which rejected records to list, the latest first; repeats are not among them. */
export interface RejectedFilter {
  readonly tenant: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly customer?: string;
  /** One alone: its partition and offset in `usage.raw`. */
  readonly place?: readonly [partition: number, raw_offset: number];
  /** Of the last record of the page before. */
  readonly after?: RejectedPlace;
  readonly limit: number;
}

/** Where a record stands among all by cut. */
export type RejectedPlace = readonly [cut: number, partition: number, log_offset: number];

export interface RejectedRow {
  readonly place: RejectedPlace;
  readonly raw_offset: number;
  readonly verdict: string;
  readonly reason: string;
  /** Empty: none. */
  readonly field: string;
  readonly detail: string;
  readonly source: string | null;
  readonly id: string | null;
  readonly type: string | null;
  readonly customer: string | null;
}

/** A page of what the mirror of `usage.rejected` has. */
export async function readRejected(
  client: ClickHouseClient,
  filter: RejectedFilter,
): Promise<RejectedRow[]> {
  const { tenant, verdict, reason, customer, place, after, limit } = filter;
  const terms = [
    "tenant = {tenant:String} AND verdict != 'duplicate'",
    ...(verdict === undefined ? [] : ["verdict = {verdict:String}"]),
    ...(reason === undefined ? [] : ["reason = {reason:String}"]),
    ...(customer === undefined ? [] : ["customer = {customer:String}"]),
    ...(place === undefined
      ? []
      : ["log_partition = {partition:UInt16} AND raw_offset = {offset:UInt64}"]),
    ...(after === undefined
      ? []
      : [
          "(cut, log_partition, log_offset) < ({afterCut:UInt32}, {afterPartition:UInt16}, {afterOffset:UInt64})",
        ]),
  ];
  const [partition = 0, offset = 0] = place ?? [];
  const [afterCut = 0, afterPartition = 0, afterOffset = 0] = after ?? [];
  const rows = await rowsOf<FoundRow>(
    client,
    `SELECT cut, log_partition, toString(log_offset) AS log_offset_text, toString(raw_offset) AS raw_offset_text,
      verdict, reason, field, detail, source, id, type, customer
      FROM mirror_rejected FINAL WHERE ${terms.join(" AND ")}
      ORDER BY cut DESC, log_partition DESC, log_offset DESC LIMIT {limit:UInt32}`,
    {
      tenant,
      verdict: verdict ?? "",
      reason: reason ?? "",
      customer: customer ?? "",
      limit,
      partition,
      offset,
      afterCut,
      afterPartition,
      afterOffset,
    },
  );
  return rows.map(({ cut, log_partition, log_offset_text, raw_offset_text, ...said }) => ({
    ...said,
    place: [cut, log_partition, Number(log_offset_text)],
    raw_offset: Number(raw_offset_text),
  }));
}

type FoundRow = Omit<RejectedRow, "place" | "raw_offset"> & {
  readonly cut: number;
  readonly log_partition: number;
  readonly log_offset_text: string;
  readonly raw_offset_text: string;
};
