import type { Exit } from "./supervisor.ts";

/** How long to wait before a process is started again. */
export type BackOff = {
  /** Milliseconds, after a process that ran for `ranMs` has ended so. */
  after(exit: Exit, ranMs: number): number;
};

type Rule = {
  /** Of the first wait; each further one is twice as long. */
  readonly msMin: number;
  readonly msMax: number;
  /** What has run for so long since it last ended so begins anew. */
  readonly healthyMs: number;
  /** And for so many times the wait that it had then; 0: whatever that was. */
  readonly healthyWaits: number;
};

// Who has worked for some seconds is no start that fails: to wait longer would only be time away.
const died: Rule = { msMin: 200, msMax: 5_000, healthyMs: 5_000, healthyWaits: 0 };

/** By the exit codes of `run` in @tallybook/service. */
const rules: Readonly<Record<number, Rule>> = {
  // Fenced: another process does its work, perhaps under another supervisor. Two that fight for an ordinal run for about as
  // long as the other waits, so they soon leave each other minutes. Who ran for longer than that has no rival: what fenced
  // it may be gone, or was its own standstill, and nobody else does its work while it waits.
  3: { msMin: 2_000, msMax: 300_000, healthyMs: 60_000, healthyWaits: 4 },
  // Stalled: it takes half a minute to be found out, so that half a minute is no health.
  4: { msMin: 200, msMax: 60_000, healthyMs: 600_000, healthyWaits: 0 },
};
const allRules = [died, ...Object.values(rules)];

/** Doubles from wait to wait, for each way to end on its own. */
export function createBackOff(): BackOff {
  const waited = new Map<Rule, number>();
  /** How long it ran since it last ended so, however else it ended meanwhile. */
  const ran = new Map<Rule, number>();
  return {
    after({ code }, ranMs) {
      for (const each of allRules) ran.set(each, (ran.get(each) ?? 0) + ranMs);
      const rule = rules[code ?? 0] ?? died;
      const { msMin, msMax, healthyMs, healthyWaits } = rule;
      const lastMs = waited.get(rule) ?? 0;
      const isHealthy = (ran.get(rule) ?? 0) >= Math.max(healthyMs, healthyWaits * lastMs);
      const ms = isHealthy || lastMs === 0 ? msMin : Math.min(lastMs * 2, msMax);
      waited.set(rule, ms);
      ran.set(rule, 0);
      return ms;
    },
  };
}
