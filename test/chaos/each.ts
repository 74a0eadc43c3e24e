import { setTimeout as sleep } from "node:timers/promises";

import { random } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";
import type { Failpoint } from "@tallybook/service";

import type { Wreckers } from "./faults.ts";
import { killService } from "./kill.ts";
import { askForCut } from "./orders.ts";
import { visited, whereabouts } from "./plan.ts";
import type { Stage } from "./stage.ts";
import { isReady, startWatch } from "./watch.ts";

/** Of how often each fail point is come to. */
export interface EachOptions {
  /** Deaths at each. */
  readonly times: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** A fail point that nobody comes to within that is given up, and found missing in the end. */
const patienceMs = 180_000;
const nudgeMs = 3_000;
const lookMs = 100;

/** Has a process die at each fail point of the list, one after the other, and waits each time until it is ready again. */
export function startEach(stage: Stage, { times, seed, say }: EachOptions): Wreckers {
  const { stack } = stage;
  const watch = startWatch(stage, new Set());
  const over = new AbortController();
  const chance = random(seed + 11);

  async function dieAt(point: Failpoint): Promise<void> {
    const service = whereabouts(point, chance);
    say(`  ${service} is killed at ${point}`);
    watch.armed(service, point);
    await killService(stage, watch, service, `${point}:kill:1`);
    const deadline = performance.now() + patienceMs;
    for (let nudgeAt = 0; watch.armedAt(service) !== undefined; await sleep(lookMs)) {
      if (performance.now() > deadline) break;
      if (performance.now() < nudgeAt) continue;
      nudgeAt = performance.now() + nudgeMs;
      await nudge(point);
    }
    if (watch.armedAt(service) !== undefined) {
      watch.disarm(service);
      await killService(stage, watch, service);
    }
    await untilReady(service);
  }

  /** Takes rows of the last cut that has rollups: whoever compares them makes them again. */
  async function doctor(): Promise<void> {
    const { url, database } = stack.run().clickhouse;
    const last = await askClickHouse(url, `SELECT max(cut) FROM ${database}.rollups`);
    await askClickHouse(url, `DELETE FROM ${database}.measurements WHERE cut = ${last.text}`);
  }

  /** Takes rows of what was mirrored, read back and noted. */
  async function doctorMirror(): Promise<void> {
    const { url, database } = stack.run().clickhouse;
    await askClickHouse(url, `DELETE FROM ${database}.mirror_cuts WHERE log_offset % 7 = 0`);
  }

  /** Gives them work that leads there. What fails is tried again with the next. */
  async function nudge(point: Failpoint): Promise<void> {
    const needsRepair = point === "aggregator.repair" || point === "aggregator.mended";
    if (needsRepair) await doctor().catch(() => {});
    if (point === "mirror.removed") await doctorMirror().catch(() => {});
    await askForCut(stack.target);
  }

  async function untilReady(service: string): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!(await isReady(stack.run().services[service] ?? ""))) {
      if (performance.now() > deadline) return;
      await sleep(lookMs);
    }
  }

  async function goThrough(): Promise<void> {
    for (let time = 0; time < times; time += 1) for (const point of visited) await dieAt(point);
  }

  const done = goThrough().finally(() => over.abort());
  // Who finishes is told of a failure.
  done.catch(() => {});
  return { watch, wrongs: {}, over: over.signal, finish: () => done };
}
