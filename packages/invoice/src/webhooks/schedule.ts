import { createHash } from "node:crypto";

import type { Micros } from "@tallybook/periods";

const second = 1_000_000;
const minute = 60 * second;
const hour = 60 * minute;

/** What Standard Webhooks recommends: ten attempts, the last one three days and some hours behind the first. */
const waits: readonly Micros[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

export const attemptsMax = waits.length + 1;

/**
 * When a message is sent again that failed at a time; undefined where it was the last attempt. Up to a tenth later than the schedule,
 * by the message's id, so that not all come at once to a receiver that is back. `askedSeconds`: what the receiver asked for by
 * Retry-After; a day at most is waited.
 */
export function nextAttemptAt(
  message: string,
  attempt: number,
  failedAt: Micros,
  askedSeconds: number | undefined,
): Micros | undefined {
  const wait = waits[attempt - 1];
  if (wait === undefined) return undefined;
  const share = createHash("sha256").update(`${message} ${attempt}`).digest().readUInt16BE(0);
  const spread = Math.floor((wait * share) / (10 * 65_536));
  const asked = Math.min((askedSeconds ?? 0) * second, 24 * hour);
  return failedAt + Math.max(wait + spread, asked);
}
