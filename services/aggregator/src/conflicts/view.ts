import type { ConflictDismissed } from "@tallybook/catalog";
import type { CorrectionFound } from "@tallybook/columns";
import { formatTime } from "@tallybook/periods";
import type { UsageReported } from "@tallybook/usage";

import type { Conflict } from "./conflicts.ts";

type ConflictState = "open" | "corrected" | "dismissed";

/** What is known of a conflict besides its two events. */
export interface Judged {
  readonly conflict: Conflict;
  readonly state: ConflictState;
  readonly dismissal: ConflictDismissed | undefined;
  /** Those that were accepted behind it. */
  readonly corrections: readonly CorrectionFound[];
  /** Nothing follows a retraction: such a conflict can only be dismissed. */
  readonly isRetracted: boolean;
}

/**
 * Settled by the correction that takes what was rejected, whatever else was said; dismissed; settled by another correction that came
 * behind it; or still to be looked at.
 */
export function judge(
  conflict: Conflict,
  dismissal: ConflictDismissed | undefined,
  corrections: readonly CorrectionFound[],
): Judged {
  const behind = corrections.filter(
    ({ partition, raw_offset }) =>
      partition === conflict.partition && raw_offset > conflict.rejected.raw_offset,
  );
  const isAccepted = behind.some(({ id }) => id === acceptanceOf(conflict.id));
  const isDismissed = dismissal !== undefined && !isAccepted;
  const state = isDismissed ? "dismissed" : behind.length > 0 ? "corrected" : "open";
  const isRetracted = corrections.some(({ retracts }) => retracts);
  return { conflict, state, dismissal, corrections: behind, isRetracted };
}

/** The conflict with both contents, and the correction that would take the rejected one; for `whose` customers no more than is theirs. */
export function conflictView(
  { conflict, state, dismissal, corrections, isRetracted }: Judged,
  accepted: UsageReported | null,
  rejected: UsageReported | null,
  whose: ReadonlySet<string> | null,
) {
  const { id, partition } = conflict;
  const { raw_offset, original_offset, source, customer, target, cut } = conflict.rejected;
  return {
    conflict: id,
    state,
    customer: customer ?? "",
    source: source ?? "",
    id: conflict.rejected.id ?? "",
    target,
    cut,
    accepted: placed(partition, original_offset ?? -1, accepted, whose),
    rejected: placed(partition, raw_offset, rejected, whose),
    corrections: corrections.map((each) => ({
      id: each.id,
      retracts: each.retracts,
      reason: each.reason,
      partition: each.partition,
      offset: each.raw_offset,
    })),
    dismissal:
      dismissal === undefined
        ? null
        : {
            reason: dismissal.reason,
            dismissed_by: whose === null ? dismissal.actor : null,
            dismissed_at: formatTime(dismissal.recorded_at),
          },
    correction:
      rejected === null || isRetracted || whose !== null ? null : correctionOf(id, rejected),
  };
}

/** What another customer's event says stays with that one. */
function placed(
  partition: number,
  offset: number,
  event: UsageReported | null,
  whose: ReadonlySet<string> | null,
) {
  const isShown = event !== null && (whose === null || whose.has(event.customer));
  return { partition, offset, event: isShown ? contentOf(event) : null };
}

function contentOf(event: UsageReported) {
  const { type, customer, subscription, time, properties } = event;
  return {
    type,
    customer,
    subscription,
    time: time === null ? null : formatTime(time),
    properties,
  };
}

/** The id of the correction that accepts a conflict: sent twice it counts once. */
function acceptanceOf(conflict: string): string {
  return `conflict-${conflict}`;
}

/** An event to be sent, with a reason of somebody's own: then what was rejected counts. */
function correctionOf(id: string, rejected: UsageReported) {
  const { source, target, correction } = rejected;
  const named = { id: acceptanceOf(id), source };
  if (correction?.retracts === true) return { ...named, retracts: target };
  const { type, customer, subscription, time, properties } = contentOf(rejected);
  return {
    ...named,
    corrects: target ?? rejected.id,
    ...(type === "" ? {} : { type }),
    ...(customer === "" ? {} : { customer }),
    ...(subscription === null ? {} : { subscription }),
    ...(time === null ? {} : { time }),
    properties,
  };
}
