import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { applyExample } from "@tallybook/cli";
import type { Deployment } from "@tallybook/cli";
import type { TestStack } from "@tallybook/testkit";

import { watchBarriers } from "./barriers.ts";
import type { Barriers } from "./barriers.ts";
import { drawerAt, monthBegin, seasonAt, seasonOfClosing, stopsOf } from "./calendar.ts";
import type { Stop } from "./calendar.ts";
import { verify } from "./checks.ts";
import { startEach } from "./each.ts";
import { startFaults } from "./faults.ts";
import type { Wreckers } from "./faults.ts";
import { expect } from "./oracle.ts";
import { advanceTime, passCut } from "./orders.ts";
import { planFaults } from "./plan.ts";
import { outcomeOf } from "./report.ts";
import type { Outcome } from "./report.ts";
import { startSender } from "./sender.ts";
import type { Sender } from "./sender.ts";
import { openStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { subscribers } from "./workload.ts";

export interface ChaosOptions {
  /** Of faults. */
  readonly minutes: number;
  /** Above 0: that many deaths at each fail point in turn, for as long as that takes, in place of all other faults. */
  readonly timesEach: number;
  readonly seed: number;
  readonly eventsPerSecond: number;
  /** Whether ClickHouse loses its database once. */
  readonly wipe: boolean;
  /** Seconds from the end of the last fault until a cut has passed everybody, at most. */
  readonly restSecondsMax: number;
  /** Ends the run before its time: everything is stopped, and its data removed. */
  readonly interrupted?: AbortSignal;
  readonly say: (line: string) => void;
}

const start = new Date(monthBegin(0)).toISOString();
const progressMs = 10_000;
/** Whoever started the run has ended it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Between two stops where every fail point is waited for: some are come to when a month closes. */
const stayMsEach = 3_000;

/**
 * Runs the whole under load for so many minutes while processes die, stand still and lose their connections; then lets it
 * come to rest, closes the months, and compares everything with what was sent. Keeps its data where something does not hold.
 * Throws `Interrupted`, and keeps nothing, where it is ended before.
 */
export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-chaos-"));
  const outcome = await runIn(dir, options).catch((error: unknown) => {
    if (options.interrupted?.aborted === true) {
      remove(dir);
      throw new Interrupted("the run was ended before its time");
    }
    options.say(`its data is kept in ${dir}`);
    throw error;
  });
  if (outcome.failures.length === 0) remove(dir);
  return outcome;
}

/** An engine that was just started again may still be at it. */
function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function runIn(dir: string, options: ChaosOptions): Promise<Outcome> {
  options.say(`seed ${options.seed}; starting Kafka, ClickHouse and the services`);
  await using stage = await openStage(dir, start);
  const { interrupted } = options;
  const ending = Promise.withResolvers<never>();
  const end = () => ending.reject(interrupted?.reason);
  interrupted?.addEventListener("abort", end, { once: true });
  if (interrupted?.aborted === true) end();
  return await Promise.race([playOn(stage, dir, options), ending.promise]);
}

async function playOn(stage: Stage, dir: string, options: ChaosOptions): Promise<Outcome> {
  const { say } = options;
  const { stack } = stage;
  await applyExample(stack.target, subscribers(start));
  await using barriers = await watchBarriers(stack);
  const sender = startSender(stack.target, options);
  const way = { target: stack.target, sender, barriers };
  const begun = performance.now();
  const faults = begin(stage, options);
  const journey = { month: 0 };
  const telling = setInterval(() => {
    const { kills } = faults.watch;
    const killed = Object.values(kills).reduce((sum, count) => sum + count, 0);
    const elapsed = Math.round((performance.now() - begun) / 1_000);
    say(
      `… ${elapsed} s: ${sender.acknowledged.size} events, ${killed} kills, month ${journey.month + 1}`,
    );
  }, progressMs);
  try {
    await travel(way, journey, faults.over, options);
    say("no more faults: waiting until everything is through");
    await faults.finish();
    const rested = performance.now();
    await passCut(stack.target, "the last fault is over", say);
    const quietMs = Math.round(performance.now() - rested);
    await sender.finish();
    say("closing the months");
    const months = journey.month + 2;
    for (let month = journey.month + 1; month <= months; month += 1)
      await moveTo(way, stopsOf(month)[0] as Stop);
    await passCut(stack.target, "the last month is over", say);
    const unready = await whoIsNotReady(stack);
    await faults.watch.stop();
    say("comparing everything with what was sent");
    const { acknowledged } = sender;
    const verdict = await verify(stack, acknowledged, expect(acknowledged.values(), months));
    const { restSecondsMax } = options;
    const quiet =
      quietMs > restSecondsMax * 1_000
        ? [`a cut took ${quietMs} ms after the last fault, not ${restSecondsMax} s`]
        : [];
    return outcomeOf({ ...options, dir, sender, faults, verdict, quietMs, months, quiet, unready });
  } finally {
    clearInterval(telling);
  }
}

function begin(stage: Stage, options: ChaosOptions): Wreckers {
  const { seed, timesEach, minutes, say } = options;
  if (timesEach > 0) return startEach(stage, { times: timesEach, seed, say });
  const seconds = minutes * 60;
  return startFaults(stage, planFaults(seed, seconds, options), { seconds, say });
}

/** Everybody should be ready now; what `/readyz` says if not. */
async function whoIsNotReady({ target, untilReady }: TestStack): Promise<string[]> {
  try {
    await untilReady();
    return [];
  } catch {
    const answer = await fetch(`${target.url}/readyz`);
    return [await answer.text()];
  }
}

interface Way {
  readonly target: Deployment;
  readonly sender: Sender;
  readonly barriers: Barriers;
}

/** Takes simulated time from stop to stop until nothing goes wrong any more, with load all the way. */
async function travel(
  way: Way,
  journey: { month: number },
  over: AbortSignal,
  { minutes, timesEach }: ChaosOptions,
): Promise<void> {
  const months = Math.min(12, Math.max(4, Math.round(minutes * 1.3)));
  const stayMs = timesEach > 0 ? stayMsEach : (minutes * 60_000) / months / 4;
  for (let month = 0; ; month += 1) {
    for (const stop of stopsOf(month)) {
      if (over.aborted) return;
      await moveTo(way, stop);
      journey.month = month;
      way.sender.season(seasonAt(stop));
      const drawer = drawerAt(stop);
      if (drawer !== null) way.sender.backfill(drawer);
      await sleep(stayMs, undefined, { signal: over }).catch(() => {});
    }
  }
}

/** Before a month is closed, all that belongs to it is acknowledged: what comes later is late, whoever is killed. */
async function moveTo({ target, sender, barriers }: Way, stop: Stop): Promise<void> {
  if (stop.closes) sender.season(seasonOfClosing(stop));
  await sender.settled();
  const offset = await advanceTime(target, stop.time);
  // Where a stop closes no month it does not matter in which cut an event is.
  if (stop.closes) await barriers.until(offset);
}
