import { setTimeout as sleep } from "node:timers/promises";

import type { Stage } from "./stage.ts";

export interface Recovery {
  /** Of which fault. */
  readonly kind: string;
  /** From the fault, or its end where it lasts, until the part, or all of them, are ready. */
  readonly ms: number;
}

/** Sees who dies, by whose hand, and when each is ready again. */
export interface Watch {
  /** Called in the same breath as a process is killed from here. */
  killed(service: string): void;
  /** A fail point is left for the next death of a service that nobody here caused. */
  armed(service: string, point: string): void;
  /** The fail point that a service has not come to yet. */
  armedAt(service: string): string | undefined;
  disarm(service: string): void;
  /** Measures from a moment until a service is ready, or with none all that are not excused. */
  recovering(kind: string, since: number, service?: string): void;
  readonly kills: Readonly<Record<string, number>>;
  readonly killsByPoint: Readonly<Record<string, number>>;
  /** Those that ended by themselves: a fenced writer, a stall. Their last words. */
  readonly ownEnds: readonly string[];
  readonly recoveries: readonly Recovery[];
  stop(): Promise<void>;
}

interface Waiting {
  readonly kind: string;
  readonly since: number;
}

const pollMs = 100;
const everybody = "";

export function startWatch({ stack }: Stage, excused: ReadonlySet<string>): Watch {
  const killedHere = new Map<string, number>();
  const points = new Map<string, string>();
  const waiting = new Map<string, Waiting>();
  const kills: Record<string, number> = {};
  const killsByPoint: Record<string, number> = {};
  const ownEnds: string[] = [];
  const recoveries: Recovery[] = [];
  let isStopping = false;
  let read = stack.said().length;

  function recovering(kind: string, since: number, name: string = everybody): void {
    if (!waiting.has(name)) waiting.set(name, { kind, since });
  }

  function died(name: string, signal: string | undefined, line: string): void {
    const here = killedHere.get(name) ?? 0;
    const point = points.get(name);
    if (signal !== "SIGKILL") ownEnds.push(line);
    else if (here > 0) killedHere.set(name, here - 1);
    else if (point !== undefined) {
      points.delete(name);
      killsByPoint[point] = (killsByPoint[point] ?? 0) + 1;
    } else ownEnds.push(`${line} (by nobody here)`);
    if (signal === "SIGKILL") kills[name] = (kills[name] ?? 0) + 1;
    recovering(signal === "SIGKILL" ? `${name} killed` : `${name} ended`, performance.now(), name);
  }

  function listen(): void {
    const said = stack.said();
    const end = said.lastIndexOf("\n") + 1;
    for (const line of said.slice(read, end).split("\n")) {
      const [, killed, signal] = /(\S+) was ended by (SIG\w+)/.exec(line) ?? [];
      const [, ended] = /(\S+) ended with code /.exec(line) ?? [];
      const name = killed ?? ended;
      if (name !== undefined) died(name, signal, line);
    }
    read = Math.max(read, end);
  }

  async function look(): Promise<void> {
    await Promise.all(
      [...waiting].map(async ([name, { kind, since }]) => {
        const { services } = stack.run();
        const names = name === everybody ? Object.keys(services) : [name];
        const needed = names.filter((one) => one === name || !excused.has(one));
        const ready = await Promise.all(needed.map((one) => isReady(services[one] ?? "")));
        if (!ready.every(Boolean)) return;
        waiting.delete(name);
        recoveries.push({ kind, ms: Math.round(performance.now() - since) });
      }),
    );
  }

  async function keepWatching(): Promise<void> {
    while (!isStopping) {
      listen();
      await look();
      await sleep(pollMs);
    }
    listen();
  }

  const watching = keepWatching();
  return {
    kills,
    killsByPoint,
    ownEnds,
    recoveries,
    killed: (service) => killedHere.set(service, (killedHere.get(service) ?? 0) + 1),
    armed: (service, point) => points.set(service, point),
    armedAt: (service) => points.get(service),
    disarm: (service) => points.delete(service),
    recovering,
    async stop() {
      isStopping = true;
      await watching;
    },
  };
}

/** Whether a service says so. */
export async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}
