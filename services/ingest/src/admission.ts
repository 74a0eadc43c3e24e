import { outsideOf } from "@tallybook/catalog";
import {
  backfillFor,
  doorOfTheOld,
  judgeTime,
  type Fault,
  type ItemForm,
  type UsageReported,
} from "@tallybook/usage";
import type { Arrival } from "./intake.ts";

type Known = Pick<Arrival, "allowed" | "backfill" | "received_at" | "window">;
type Names = Pick<ItemForm, "fieldOf">;

/** The reason of what a key may not send. */
export const notInScope = "not_in_scope";

/** What keeps an event out that can be read: its key may not send it, or it is not of the time that is taken. */
export function faultAt(event: UsageReported, form: Names, known: Known): Fault | undefined {
  return (
    beyondScope(event, form, known) ??
    notInBackfill(event, form, known) ??
    lateness(event, form, known)
  );
}

function notInBackfill(
  event: UsageReported,
  form: Names,
  { backfill, received_at }: Known,
): Fault | undefined {
  const open = backfill === null ? [] : [backfill];
  const named = backfillFor(event, event.time ?? received_at, open);
  if (!("fault" in named)) return undefined;
  const { field } = named.fault;
  const isTarget = field === "target";
  return {
    ...named.fault,
    field: isTarget ? correctingField(event) : form.fieldOf(field),
  };
}

function beyondScope(event: UsageReported, form: Names, { allowed }: Known): Fault | undefined {
  // Whose event it corrects is known to the deduper alone.
  if (allowed !== null && event.target !== null) {
    const detail = "the API key has limits, and may correct nothing: use one that has none";
    return { field: correctingField(event), reason: notInScope, detail };
  }
  const found = allowed === null ? undefined : outsideOf(allowed, event);
  if (found === undefined) return undefined;
  return { field: form.fieldOf(found.field), reason: notInScope, detail: found.detail };
}

function correctingField({ correction }: UsageReported): string {
  return correction?.retracts === true ? "retracts" : "corrects";
}

function lateness(event: UsageReported, form: Names, known: Known): Fault | undefined {
  const { window, received_at } = known;
  const field = form.fieldOf("time");
  const verdict = judgeTime({
    time: event.time ?? received_at,
    lower_bound: known.backfill === null ? window.lower_bound : null,
    barrier_time: window.time,
    received_at,
    ahead_seconds: window.ahead_seconds,
  });
  switch (verdict) {
    case "ok":
      return undefined;
    case "too_old":
      return {
        field,
        reason: verdict,
        detail: `is older than the window in which repeats are known: ${doorOfTheOld(event.target)}`,
      };
    case "too_far_ahead":
      return {
        field,
        reason: verdict,
        detail: `is more than ${window.ahead_seconds} s ahead of now`,
      };
  }
}
