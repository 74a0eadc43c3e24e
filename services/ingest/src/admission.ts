import { outsideOf } from "@tallybook/catalog";
import {
  backfillFor,
  doorOfTheOld,
  judgeTime,
  typedField,
  type UsageReported,
} from "@tallybook/usage";
import type { Arrival, Door, Fault } from "./intake.ts";

/** The reason of what a key may not send. */
export const notInScope = "not_in_scope";

/** What keeps an event out that can be read: its key may not send it, or it is not of the time that is taken. */
export function faultAt(event: UsageReported, arrival: Arrival): Fault | undefined {
  return beyondScope(event, arrival) ?? notInBackfill(event, arrival) ?? lateness(event, arrival);
}

function notInBackfill(
  event: UsageReported,
  { backfill, received_at, door }: Arrival,
): Fault | undefined {
  const open = backfill === null ? [] : [backfill];
  const named = backfillFor(event, event.time ?? received_at, open);
  if (!("fault" in named)) return undefined;
  const { field } = named.fault;
  const isTarget = field === "target";
  return {
    ...named.fault,
    field: isTarget ? correctingField(event) : fieldAt(door, field),
  };
}

function beyondScope(event: UsageReported, { allowed, door }: Arrival): Fault | undefined {
  // Whose event it corrects is known to the deduper alone.
  if (allowed !== null && event.target !== null) {
    const detail = "the API key has limits, and may correct nothing: use one that has none";
    return { field: correctingField(event), reason: notInScope, detail };
  }
  const found = allowed === null ? undefined : outsideOf(allowed, event);
  if (found === undefined) return undefined;
  return { field: fieldAt(door, found.field), reason: notInScope, detail: found.detail };
}

function correctingField({ correction }: UsageReported): string {
  return correction?.retracts === true ? "retracts" : "corrects";
}

/** A native field as it is called at a door. */
function fieldAt(door: Door, field: string): string {
  switch (door) {
    case "native":
      return field;
    case "typed":
      return typedField(field);
    case "cloudevents":
      return field === "customer" ? "subject" : field;
  }
}

function lateness(event: UsageReported, arrival: Arrival): Fault | undefined {
  const { window, received_at } = arrival;
  const field = fieldAt(arrival.door, "time");
  const verdict = judgeTime({
    time: event.time ?? received_at,
    lower_bound: arrival.backfill === null ? window.lower_bound : null,
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
