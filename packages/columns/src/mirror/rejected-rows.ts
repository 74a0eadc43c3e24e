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
  switch (fact.kind) {
    case "UsageDuplicated":
      return [
        ...place,
        ...["duplicate", "duplicate", "", "", original, source, id, null, null, decided],
      ];
    case "UsageRejected": {
      const { verdict, reason, field, detail, type, customer } = fact;
      return [
        ...place,
        ...[verdict, reason, field ?? "", detail, original, source, id, type, customer, decided],
      ];
    }
  }
}
