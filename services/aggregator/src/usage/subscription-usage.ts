import { subscriptionOf } from "@tallybook/catalog";
import type { Subscription } from "@tallybook/catalog";
import {
  earlierUsage,
  isApartIn,
  measuredMeters,
  periodAround,
  pricedMeters,
  usedBy,
} from "@tallybook/journal";
import type { UsedBasis, UsedMeter } from "@tallybook/journal";
import { toText } from "@tallybook/money";
import { formatTime, MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros, Period } from "@tallybook/periods";
import { Problem } from "@tallybook/service";
import type { UsageRow } from "@tallybook/usage";

import { basisOf, clockIn, patienceIn, readWhole } from "./desk.ts";
import type { Reading, Stamped, UsageDesk } from "./desk.ts";
import { questionOf } from "./question.ts";

/** What a subscription has used in a period. */
export interface SubscriptionUsage {
  readonly subscription: string;
  readonly customer: string;
  readonly period_start: string;
  readonly period_end: string;
  /** Every meter that its plan prices; 0 where nothing was used. */
  readonly meters: readonly MeterUsage[];
  readonly complete: boolean;
  /** Everything that was acknowledged before it is counted; null where that is not known. */
  readonly complete_to: string | null;
  /** Why it is not complete; empty where it is. */
  readonly waiting_for: readonly string[];
}

export interface MeterUsage {
  readonly meter_id: string;
  /** A plain decimal number; null where the usage makes no one number, and `detail` says why. */
  readonly value: string | null;
  readonly unit: string;
  readonly detail?: string;
}

/** Rows in memory at once. */
const rowsMax = 200_000;
/** What ClickHouse's times hold. */
const secondsMax = 4_294_967_295;

/** Answers what a subscription has used: by the same rules, from the same rows, as its invoice is going to say. */
export async function usageOfSubscription(
  desk: UsageDesk,
  asked: { readonly tenant: string; readonly id: string; readonly query: unknown },
  signal: AbortSignal,
): Promise<SubscriptionUsage> {
  const question = questionOf(asked.query);
  const [from, to, patience] = [question.time("from"), question.time("to"), patienceIn(question)];
  const subscription = found(desk, asked);
  const around = periodAround(
    subscription,
    from ?? (to === undefined ? clockIn(desk) : to - 1),
    basisOf(desk).ledger,
  );
  const period = { from: from ?? around.from, to: to ?? around.to };
  const isGiven = from !== undefined || to !== undefined;
  if (isGiven && period.from >= period.to)
    question.refuse("to", "not_after_from", `it must be after from, ${formatTime(period.from)}`);
  question.done();
  const stamped = await readWhole(
    desk,
    asked.tenant,
    patience,
    signal,
    readingOf(desk, subscription, period),
  );
  return viewOf(subscription, period, stamped);
}

function found({ grounds }: UsageDesk, asked: { readonly tenant: string; readonly id: string }) {
  const catalog = grounds.catalog()?.now;
  const subscription =
    catalog === undefined ? undefined : subscriptionOf(catalog, asked.tenant, asked.id);
  if (subscription !== undefined) return subscription;
  const detail = `There is no subscription ${asked.id}.`;
  throw new Problem({ status: 404, title: "Not Found", detail });
}

function readingOf(
  desk: UsageDesk,
  { tenant, subscription: id }: Subscription,
  period: Period,
): Reading<UsedMeter[]> {
  return async (given) => {
    const { basis } = given;
    const subscription = subscriptionOf(basis.catalog, tenant, id);
    if (subscription === undefined) throw new Error(`subscription ${id} is gone from the catalog`);
    const meters = pricedMeters(basis.catalog, subscription, period);
    const usage = await readRows(desk, subscription, period, meters, given);
    return usedBy(subscription, period, meters, usage, basis);
  };
}

/** The rows of a subscription's customer that meters have in a period, and what is carried into it. */
export async function readRows(
  { columns }: Pick<UsageDesk, "columns">,
  { tenant, customer }: Subscription,
  period: Period,
  meters: readonly string[],
  { basis, cutMax, cuts }: Parameters<Reading<unknown>>[0],
): Promise<{ readonly rows: readonly UsageRow[]; readonly earlier: readonly UsageRow[] }> {
  if (meters.length === 0 || period.from >= period.to) return { rows: [], earlier: [] };
  const known = {
    tenant,
    customers: [customer],
    cutMax,
    fills: cuts.fills,
    withOpen: true,
    rowsMax,
  };
  const rows = await columns.readUsage({
    ...known,
    ...withinColumns(period),
    meters: measuredMeters(basis.catalog, tenant, meters, period),
    isApart: (row) => isApartIn(row, period, basis),
  });
  const earlier = earlierOf(basis, tenant, period.from);
  const held = earlier === undefined ? [] : await columns.readUsage({ ...known, ...earlier });
  return { rows, earlier: held };
}

function earlierOf({ catalog }: UsedBasis, tenant: string, from: Micros) {
  const earlier = earlierUsage(catalog, tenant, Math.max(from, 0));
  return earlier === undefined ? undefined : { ...earlier, ...withinColumns(earlier) };
}

function withinColumns({ from, to }: Period): Period {
  return { from: Math.max(from, 0), to: Math.min(to, secondsMax * MICROS_PER_SECOND) };
}

function viewOf(
  { subscription, customer }: Subscription,
  period: Period,
  { answer, stamp }: Stamped<readonly UsedMeter[]>,
): SubscriptionUsage {
  return {
    subscription,
    customer,
    period_start: formatTime(period.from),
    period_end: formatTime(period.to),
    meters: answer.map(meterView),
    ...stamp,
  };
}

function meterView({ meter, unit, quantity, fault }: UsedMeter): MeterUsage {
  const value = quantity === null ? null : toText(quantity);
  return { meter_id: meter, value, unit, ...(fault === null ? {} : { detail: fault }) };
}
