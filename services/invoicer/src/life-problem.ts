import type { Refused } from "@tallybook/invoice";
import { Problem } from "@tallybook/service";

const statusByReason = { unknown: 404, conflict: 409, unfit: 422 } as const;
const titleByReason = {
  unknown: "Not Found",
  conflict: "Conflict",
  unfit: "Unfit request",
} as const;

/** What the one who asked is told. */
export function problemOf({ reason, field, detail }: Refused): Problem {
  const errors = [{ field, reason, detail }];
  return new Problem({
    status: statusByReason[reason],
    title: titleByReason[reason],
    detail: `${field}: ${detail}`,
    members: { errors },
  });
}
