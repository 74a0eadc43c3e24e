import { formatTime } from "@tallybook/periods";
import type { Entry } from "../entry.ts";
import type { ObjectBody } from "../facts.ts";
import type { Settling } from "./collection.ts";
import { timeTextIn } from "./read-texts.ts";

/** Whether a customer may be billed. */
export type Approval = {
  /** Null: nobody has to approve, it is billable from the beginning. */
  readonly approval: "pending" | "approved" | "refused" | null;
  /** approved: from when on, RFC 3339; what was used before belongs to nobody. */
  readonly activated_at: string | null;
};

export const approvals = ["pending", "approved", "refused"] as const;

/** `approval: pending`, or `approval: approved` with `activated_at`. */
export function readApproval(entry: Entry): Approval {
  const approval = entry.oneOfOrNull("approval", approvals);
  const activated_at = timeTextIn(entry, "activated_at");
  if (approval !== "approved" && activated_at !== null) {
    const detail = `only who is approved is active: leave it out, or write approval: approved`;
    entry.fault("activated_at", "not_of_approval", detail);
  }
  return { approval, activated_at };
}

export const neverApproved: Approval = { approval: null, activated_at: null };

/**
 * What becomes of an approval: where the document says nothing it stays, and who is approved is so for good, since periods may
 * have been billed.
 */
export function settledApproval(
  said: Approval,
  { before, isNew, now, fault }: Pick<Settling, "before" | "isNew" | "now" | "fault">,
): Approval {
  const was = approvalIn(before);
  if (said.approval === null) return was;
  if (was.approval === null && !isNew) {
    const detail =
      "the customer is billable from the beginning, which cannot be changed: leave it out, and end its subscriptions instead";
    fault("approval", "cannot_change", detail);
    return was;
  }
  if (was.approval === "approved") {
    const isSame = (said.activated_at ?? was.activated_at) === was.activated_at;
    if (said.approval === "approved" && isSame) return was;
    const detail = `the customer is approved from ${was.activated_at} on, which cannot be changed: leave it out, and end its subscriptions instead`;
    fault(said.approval === "approved" ? "activated_at" : "approval", "cannot_change", detail);
    return was;
  }
  if (said.approval !== "approved") return said;
  return { approval: "approved", activated_at: said.activated_at ?? formatTime(now) };
}

/** What a body says of it. */
export function approvalIn(body: ObjectBody | undefined): Approval {
  const { approval = null, activated_at = null } = (body ?? neverApproved) as Partial<Approval>;
  return { approval, activated_at };
}
