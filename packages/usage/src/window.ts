import type { Micros } from "@tallybook/periods";

/** What a barrier puts in force for the records behind it, until the next barrier. */
export interface Window {
  /** Where the barrier stands in its partition of `usage.raw`. */
  readonly raw_offset: number;
  /** The cut that the records behind it belong to: one more than the barrier's. */
  readonly cut: number;
  /** The barrier's time. */
  readonly time: Micros;
  readonly catalog_offset: number;
  /** The oldest event time that is taken; null: any. Never moves back. */
  readonly lower_bound: Micros | null;
  readonly ahead_seconds: number;
  /** The interval between cuts; how much longer than its event an identity is held depends on it. */
  readonly interval_seconds: number;
  readonly simulated: boolean;
}

/** The settings of the deployment that decide which events are taken. */
export interface WindowSettings {
  readonly window_seconds: number | null;
  readonly ahead_seconds: number;
  readonly cut_interval_seconds: number;
  readonly simulated: boolean;
}

const microsPerSecond = 1_000_000;

/** The window behind a barrier, with the settings that were known at it. */
export function windowBehind(
  barrier: {
    readonly raw_offset: number;
    readonly cut: number;
    readonly time: Micros;
    readonly catalog_offset: number;
  },
  before: Window | undefined,
  settings: WindowSettings,
): Window {
  return {
    raw_offset: barrier.raw_offset,
    cut: barrier.cut + 1,
    time: barrier.time,
    catalog_offset: barrier.catalog_offset,
    lower_bound: lowerBound(barrier.time, before?.lower_bound ?? null, settings.window_seconds),
    ahead_seconds: settings.ahead_seconds,
    interval_seconds: settings.cut_interval_seconds,
    simulated: settings.simulated,
  };
}

/** The later of the bound so far and time − window: a wider window grows from the bound it had. Null: no bound. */
export function lowerBound(
  time: Micros,
  before: Micros | null,
  windowSeconds: number | null,
): Micros | null {
  if (windowSeconds === null) return before;
  const bound = time - windowSeconds * microsPerSecond;
  return before === null ? bound : Math.max(before, bound);
}

export type TimeVerdict = "ok" | "too_old" | "too_far_ahead";

/**
 * Whether an event's time can be taken: not before the lower bound, and not later than `ahead_seconds` after the later of
 * the last barrier and the moment we received it.
 */
export function judgeTime(given: {
  readonly time: Micros;
  readonly lower_bound: Micros | null;
  readonly barrier_time: Micros;
  readonly received_at: Micros;
  readonly ahead_seconds: number;
}): TimeVerdict {
  if (given.lower_bound !== null && given.time < given.lower_bound) return "too_old";
  const latest =
    Math.max(given.barrier_time, given.received_at) + given.ahead_seconds * microsPerSecond;
  return given.time > latest ? "too_far_ahead" : "ok";
}
