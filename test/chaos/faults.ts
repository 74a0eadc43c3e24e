import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { ServiceName } from "@tallybook/cli";
import { askClickHouse } from "@tallybook/local";

import { killService, signalled } from "./kill.ts";
import { askForCut } from "./orders.ts";
import type { Due, Fault, Plan } from "./plan.ts";
import { startSecond } from "./second.ts";
import type { Stage } from "./stage.ts";
import { startWatch } from "./watch.ts";
import type { Watch } from "./watch.ts";

/** How often each thing went wrong, besides kills. */
export type Wrongs = Record<string, number>;

export interface Wreckers {
  readonly watch: Watch;
  readonly wrongs: Wrongs;
  /** Aborted when nothing more begins to go wrong. */
  readonly over: AbortSignal;
  /** Resolves when the last fault is over, everything is allowed to work again, and no fail point is left. */
  finish(): Promise<void>;
}

/** A fail point that is not reached by then gives way to another of its service. */
const armedMsMax = 60_000;
const takeoverMs = 5_000;
const lookMs = 200;

/** Plays the lanes of a plan side by side, for so many seconds. */
export function startFaults(
  stage: Stage,
  plan: Plan,
  { seconds, say }: { readonly seconds: number; readonly say: (line: string) => void },
): Wreckers {
  const { stack, proxy, engines, armedDir } = stage;
  const stalled = new Set<string>();
  const watch = startWatch(stage, stalled);
  const wrongs: Wrongs = {};
  const armed = new Map<ServiceName, { specification: string; since: number; fault: Fault }>();
  const orders = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  const begun = performance.now();

  function count(what: string): void {
    wrongs[what] = (wrongs[what] ?? 0) + 1;
  }

  function kill(service: ServiceName): Promise<void> {
    const isArmed = watch.armedAt(service) !== undefined;
    return killService(
      stage,
      watch,
      service,
      isArmed ? armed.get(service)?.specification : undefined,
    );
  }

  async function perform(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "kill":
        return kill(fault.service);
      case "fail point": {
        const { service, point, hits } = fault;
        const specification = `${point}:kill:${hits}`;
        armed.set(service, { specification, since: performance.now(), fault });
        watch.armed(service, point);
        return kill(service);
      }
      case "stall":
        return stall(fault);
      case "kafka":
      case "clickhouse": {
        const since = performance.now() + fault.seconds * 1_000;
        const what = fault.how === "kill" ? "killed" : "restarted";
        count(`${fault.kind} ${what}${fault.seconds > 0 ? ", down for a while" : ""}`);
        await engines[fault.kind].bounce(fault.how, fault.seconds * 1_000);
        watch.recovering(`${fault.kind} ${what}`, since);
        return undefined;
      }
      case "cut inserts":
        return proxy.cutInserts(fault.count);
      case "delay":
        count("ClickHouse slow");
        proxy.delay(fault.ms);
        await pause(fault.seconds);
        return proxy.delay(0);
      case "half-open": {
        count("ClickHouse half-open");
        proxy.halfOpen(true);
        await pause(fault.seconds);
        proxy.halfOpen(false);
        return watch.recovering("ClickHouse half-open", performance.now());
      }
      case "wipe": {
        count("ClickHouse wiped");
        const { url, database } = stack.run().clickhouse;
        await askClickHouse(url, `DROP DATABASE ${database}`).catch(() => {});
        return watch.recovering("ClickHouse wiped", performance.now());
      }
      case "cut":
        return order();
    }
  }

  async function stall({
    service,
    seconds,
    takeover,
  }: Extract<Fault, { kind: "stall" }>): Promise<void> {
    const pid = await stack.pidOf(service);
    stalled.add(service);
    count(takeover ? `${service} stalled, another takes over` : `${service} stalled`);
    signalled(pid, "SIGSTOP");
    const second = takeover ? await startSecond(stage, service) : undefined;
    await pause(seconds);
    signalled(pid, "SIGCONT");
    const since = performance.now();
    if (second !== undefined) await sleep(takeoverMs);
    await second?.kill();
    watch.recovering(`${service} stalled`, since, service);
    stalled.delete(service);
  }

  /** A cut on demand, while everything goes wrong. */
  function order(): void {
    count("cuts asked for");
    const ordering = askForCut(stack.target);
    orders.add(ordering);
    void ordering.finally(() => orders.delete(ordering));
  }

  async function pause(seconds: number): Promise<void> {
    await sleep(Math.max(seconds * 1_000, 0), undefined, { signal: stopping.signal }).catch(
      () => {},
    );
  }

  async function play(lane: readonly Due[]): Promise<void> {
    const waiting = lane.map(({ fault }) => fault);
    for (const { at: slot } of lane) {
      await pause(slot - (performance.now() - begun) / 1_000);
      if (stopping.signal.aborted) return;
      const fault = await firstFree(waiting);
      if (fault === undefined) return;
      if (fault.kind !== "cut") say(`  ${textOf(fault)}`);
      await perform(fault);
    }
  }

  /** Takes out the first that can be done now: nobody is killed who stands still. Undefined once it is over. */
  async function firstFree(waiting: Fault[]): Promise<Fault | undefined> {
    while (!stopping.signal.aborted) {
      const at = waiting.findIndex((fault) => isFree(fault, waiting));
      if (at !== -1) return waiting.splice(at, 1)[0];
      await sleep(lookMs);
    }
    return undefined;
  }

  /** Whether a fault can be done now. A fail point that was not come to gives way, and waits for its next turn. */
  function isFree(fault: Fault, waiting: Fault[]): boolean {
    if (fault.kind !== "kill" && fault.kind !== "fail point" && fault.kind !== "stall") return true;
    const { service } = fault;
    if (stalled.has(service)) return false;
    const earlier = armed.get(service);
    if (fault.kind !== "fail point" || watch.armedAt(service) === undefined || !earlier)
      return true;
    if (performance.now() - earlier.since < armedMsMax) return false;
    waiting.push(earlier.fault);
    return true;
  }

  const lanes = Object.values(plan).map((lane) => play(lane));
  return {
    watch,
    wrongs,
    over: AbortSignal.timeout(seconds * 1_000),
    async finish() {
      stopping.abort();
      await Promise.all(lanes);
      proxy.calm();
      for (const service of armed.keys()) {
        if (watch.armedAt(service) === undefined) continue;
        watch.disarm(service);
        rmSync(path.join(armedDir, service), { force: true });
        await kill(service);
      }
      await Promise.all(orders);
      if (proxy.cut() > 0) wrongs["inserts cut off after their answer"] = proxy.cut();
    },
  };
}

/** In words, for the progress and the schedule. */
export function textOf(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
      return `${fault.service} is killed`;
    case "fail point":
      return `${fault.service} is killed, and again at ${fault.point} (hit ${fault.hits})`;
    case "stall":
      return `${fault.service} stands still for ${fault.seconds} s${fault.takeover ? ", and another takes over" : ""}`;
    case "kafka":
    case "clickhouse": {
      const how = fault.how === "kill" ? "is killed" : "is stopped";
      return `${fault.kind} ${how} and started again${fault.seconds > 0 ? ` after ${fault.seconds} s` : ""}`;
    }
    case "cut inserts":
      return `the next ${fault.count} inserts lose their answer`;
    case "delay":
      return `ClickHouse answers ${fault.ms} ms late for ${fault.seconds} s`;
    case "half-open":
      return `nothing comes through to ClickHouse for ${fault.seconds} s`;
    case "wipe":
      return "ClickHouse loses its database";
    case "cut":
      return "a cut is asked for";
  }
}
