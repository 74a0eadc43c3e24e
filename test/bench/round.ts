import { setTimeout as sleep } from "node:timers/promises";

import { advanceClock, applyExample, listInvoices, monthBegin } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import { startStack } from "@tallybook/testkit";
import type { TestStack } from "@tallybook/testkit";

import { auditSpeed, produceRaw } from "./auditSpeed.ts";
import { measureDoors } from "./doors.ts";
import { kafkaBaseline } from "./kafkaBaseline.ts";
import { send, sendOne } from "./load.ts";
import type { Load } from "./load.ts";
import { usedBy } from "./processes.ts";
import type { Used } from "./processes.ts";
import { ratedLinesPerSecond } from "./ratingSpeed.ts";

/** Figures by name; the name says the unit. */
export type Figures = Record<string, number>;

export interface Sizes {
  readonly batched: number;
  readonly single: number;
  /** At each front door; a tenth of them at one for single events. */
  readonly perDoor: number;
  readonly subscriptions: number;
  /** Each subscription has bounds of its own; else all have those of the month. */
  readonly anniversaries: boolean;
}

const noon = "2023-11-15T12:00:00Z";
const usageTime = "2023-11-15T11:30:00Z";
const monthEnd = "2023-12-01T01:00:00Z";
/** Anniversaries begin this far apart, and the last of ten thousand a week after the first. */
const apartMs = 61_000;
const weekLaterEnd = "2023-12-08T12:00:00Z";
const freshnessTrials = 15;
/** Between looks at the columns: each costs ClickHouse what a thousand events cost, so under load rarely. */
const pollMs = { load: 200, single: 10 } as const;

/** One round on a stack of its own: how fast, how fresh, how dear. */
export async function measureRound(
  run: number,
  sizes: Sizes,
  say: (line: string) => void,
): Promise<Figures> {
  await using stack = await startStack({ clock: monthBegin });
  const { target } = stack;
  const quiet = { remark: () => {} };
  await applyExample(target, subscribers(sizes));
  await advanceClock(target, noon, quiet);
  const figures: Figures = {};

  say("Kafka's own producer");
  figures["kafka producer, records/s"] = await kafkaBaseline(stack.run().kafka.brokers, run);

  say(`${sizes.single} single events over 64 connections`);
  const single: Load = { name: "single", events: sizes.single, batch: 1, connections: 64 };
  const one = await send(target, single, usageTime);
  figures["accepted single, events/s"] = sizes.single / one.seconds;
  figures["accepted single, p99 ms"] = one.p99;
  await untilCounted(stack, sizes.single, pollMs.load);

  say(`${sizes.batched} events in batches of 100 over 16 connections`);
  const before = await usedByAll(stack);
  const begun = performance.now();
  const batched = await send(
    target,
    { name: "batch", events: sizes.batched, batch: 100, connections: 16 },
    usageTime,
  );
  await untilCounted(stack, sizes.single + sizes.batched, pollMs.load);
  const endToEnd = (performance.now() - begun) / 1_000;
  const after = await usedByAll(stack);
  figures["accepted in batches, events/s"] = sizes.batched / batched.seconds;
  figures["accepted in batches, p50 ms"] = batched.p50;
  figures["accepted in batches, p99 ms"] = batched.p99;
  figures["end to end, events/s"] = sizes.batched / endToEnd;
  for (const [name, used] of Object.entries(after)) {
    figures[`${name}, CPU µs/event`] =
      ((used.cpuSeconds - (before[name]?.cpuSeconds ?? 0)) / sizes.batched) * 1e6;
    figures[`${name}, peak MiB`] = used.memoryMib;
  }

  say("ratings in one process");
  figures["graduated lines rated, per CPU second"] = ratedLinesPerSecond();

  say("freshness");
  figures["freshness, median ms"] = await freshness(stack, sizes.single + sizes.batched);

  say(`rating ${sizes.subscriptions} subscriptions`);
  const closing = performance.now();
  await advanceClock(target, sizes.anniversaries ? weekLaterEnd : monthEnd, quiet);
  figures[`close and bill ${sizes.subscriptions} subscriptions, s`] =
    (performance.now() - closing) / 1_000;

  say(`${sizes.perDoor} events at each front door`);
  return { ...figures, ...(await measureDoors(target, sizes.perDoor, usageTime)) };
}

/** How much each front door takes, on a stack of its own. */
export async function measureDoorsAlone(
  events: number,
  say: (line: string) => void,
): Promise<Figures> {
  await using stack = await startStack({ clock: monthBegin });
  await advanceClock(stack.target, noon, { remark: () => {} });
  say(`${events} events at each front door`);
  return measureDoors(stack.target, events, usageTime);
}

/** A log of its own, written by no door, billed, and a line of it replayed. */
export async function measureAudit(events: number, say: (line: string) => void): Promise<Figures> {
  await using stack = await startStack({ clock: monthBegin });
  const quiet = { remark: () => {} };
  await applyExample(stack.target, subscribers({ subscriptions: 10_000, anniversaries: false }));
  await advanceClock(stack.target, noon, quiet);
  say(`${events} events straight into usage.raw`);
  const records = await produceRaw(stack, events, Date.parse(usageTime) * 1_000);
  await untilCounted(stack, events, pollMs.load);
  say("billing them");
  await advanceClock(stack.target, monthEnd, quiet);
  const invoices = await listInvoices(stack.target);
  const invoice = invoices.at(-1);
  if (invoice === undefined) throw new Error("nothing was billed");
  const line = invoice.lines.findIndex(({ meter }) => meter !== null) + 1;
  say(`replaying line ${line} of ${invoice.number}`);
  const { full, line: one } = await auditSpeed(stack, invoice.number, line);
  return {
    "full replay, events/s": records / full.seconds,
    "full replay, CPU µs/event": (full.cpuSeconds / records) * 1e6,
    [`full replay of ${records} records, s`]: full.seconds,
    [`one line out of ${records} records, s`]: one.seconds,
    [`one line out of ${records} records, CPU s`]: one.cpuSeconds,
  };
}

function subscribers({
  subscriptions: count,
  anniversaries,
}: Pick<Sizes, "subscriptions" | "anniversaries">): Record<string, unknown> {
  const customers = Array.from({ length: count }, (_, at) => ({ customer: `c-${at}` }));
  const begin = Date.parse(monthBegin);
  const subscriptions = customers.map(({ customer }, at) => ({
    customer,
    plan: "ai_developer",
    start: anniversaries ? new Date(begin + at * apartMs).toISOString() : monthBegin,
    calendar: { anchor: anniversaries ? "anniversary" : "calendar" },
  }));
  return { customers, subscriptions };
}

async function freshness(stack: TestStack, counted: number): Promise<number> {
  const trials: number[] = [];
  for (let trial = 1; trial <= freshnessTrials; trial += 1) {
    const begun = performance.now();
    await sendOne(stack.target, `fresh-${trial}`, usageTime);
    await untilCounted(stack, counted + trial, pollMs.single);
    trials.push(performance.now() - begun);
  }
  return trials.toSorted((one, other) => one - other)[Math.floor(trials.length / 2)] ?? 0;
}

/** Until so many events are in the live rollups. */
async function untilCounted(stack: TestStack, events: number, everyMs: number): Promise<void> {
  const { url, database } = stack.run().clickhouse;
  for (;;) {
    const { text } = await askClickHouse(
      url,
      `SELECT sum(count) FROM ${database}.usage_live WHERE meter = 'input_tokens'`,
    );
    if (Number(text) >= events) return;
    await sleep(everyMs);
  }
}

async function usedByAll(stack: TestStack): Promise<Record<string, Used>> {
  const used: Record<string, Used> = {};
  const run = stack.run();
  for (const name of Object.keys(run.processes)) {
    const found = usedBy(await stack.pidOf(name));
    if (found !== undefined) used[name] = found;
  }
  // The one address lives in the process of `tally up`.
  const [gateway, load] = [usedBy(run.pid), usedBy(process.pid)];
  if (gateway !== undefined) used["gateway"] = gateway;
  if (load !== undefined) used["load generator"] = load;
  return used;
}
