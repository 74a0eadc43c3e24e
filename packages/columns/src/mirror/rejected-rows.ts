import type { RejectedFact } from "@tallybook/usage";

import { millisCell } from "./cells.ts";
import type { Cell, MirroredRecord } from "./tables.ts";

export const rejectedColumns = [
  "log_partition",
  "log_offset",
  "raw_offset",
  "cut",
  "tenant",
  "verdict",
  "reason",
  "field",
  "detail",
  "original_offset",
  "source",
  "id",
  "type",
  "customer",
  "decided_at",
] as const satisfies readonly [string, ...string[]];

/** Without the bytes that came: nobody knows what is in them. */
export function rejectedRow({
  partition,
  offset,
  timestamp,
  fact,
}: MirroredRecord<RejectedFact>): Cell[] {
  const { raw_offset, cut, tenant, source, id } = fact;
  const place = [partition, String(offset), String(raw_offset), cut, tenant];
  const original = fact.original_offset === null ? null : String(fact.original_offset);
  const decided = millisCell(timestamp);
  const verdict = fact.kind === "UsageDuplicated" ? "duplicate" : fact.verdict;
  const why =
    fact.kind === "UsageDuplicated"
      ? { reason: "duplicate", field: null, detail: "", type: null, customer: null }
      : fact;
  return [
    ...place,
    verdict,
    why.reason,
    why.field ?? "",
    why.detail,
    original,
    source,
    id,
    why.type,
    why.customer,
    decided,
  ];
}
