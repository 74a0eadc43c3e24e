import type { Micros } from "@tallybook/periods";

import type { Backfill } from "./backfill.ts";

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
  /** That were known at the barrier, and are not closed. */
  readonly backfills: readonly Backfill[];
}

/** The settings of the deployment that decide which events are taken. */
export interface WindowSettings {
  readonly window_seconds: number | null;
  readonly ahead_seconds: number;
  readonly cut_interval_seconds: number;
  readonly simulated: boolean;
}

/** What `catalog` says about which events are taken. */
export interface KnownSettings extends WindowSettings {
  /** Open or closed, in their order. */
  readonly backfills: readonly Backfill[];
}

/** A fact of `catalog` that says which events are taken. */
export type SettingsFact =
  | ({ readonly kind: "SettingsSet" } & WindowSettings)
  | ({ readonly kind: "BackfillRequested" } & Omit<Backfill, "catalog_offset">);

/** What is known behind such a fact. Throws where a backfill stands before all settings: a catalog begins with them. */
export function settingsBehind(
  known: KnownSettings | undefined,
  fact: SettingsFact,
  catalogOffset: number,
): KnownSettings {
  const backfills = known?.backfills ?? [];
  if (fact.kind === "SettingsSet") {
    const { window_seconds, ahead_seconds, cut_interval_seconds, simulated } = fact;
    return { window_seconds, ahead_seconds, cut_interval_seconds, simulated, backfills };
  }
  if (known === undefined)
    throw new Error(`a backfill at offset ${catalogOffset} of catalog, and no settings below it`);
  const { tenant, backfill, sources, from, to, closes_at } = fact;
  const asked = { tenant, backfill, sources, from, to, closes_at, catalog_offset: catalogOffset };
  return { ...known, backfills: [...backfills, asked] };
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
  settings: KnownSettings,
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
    backfills: settings.backfills.filter(({ closes_at }) => barrier.time < closes_at),
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

/** The times of a record behind a barrier. */
export interface Arrival {
  /** When we received it: ingest's word, else Kafka's; the barrier's where time is simulated, since Kafka's clock is nobody's then. */
  readonly received_at: Micros;
  /** Of the event: the producer's, else that. */
  readonly time: Micros;
}

/** `appended_at`: when Kafka appended the record, in microseconds. */
export function arrivalOf(
  given: { readonly time: Micros | null; readonly received_at: Micros | null },
  appended_at: Micros,
  { time: barrier_time, simulated }: Pick<Window, "time" | "simulated">,
): Arrival {
  const received_at = given.received_at ?? (simulated ? barrier_time : appended_at);
  return { received_at, time: given.time ?? received_at };
}

/** Whether an event's time can be taken behind a barrier. */
export function judgeArrival(
  arrival: Arrival,
  { lower_bound, time: barrier_time, ahead_seconds }: Window,
): TimeVerdict {
  return judgeTime({ ...arrival, lower_bound, barrier_time, ahead_seconds });
}
