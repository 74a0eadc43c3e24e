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
  /** Who runs for so long begins anew. */
  readonly healthyMs: number;
};

// Who has worked for some seconds is no start that fails: to wait longer would only be time away.
const died: Rule = { msMin: 200, msMax: 5_000, healthyMs: 5_000 };

/** By the exit codes of `run` in @tallybook/service. */
const rules: Readonly<Record<number, Rule>> = {
  // Fenced: another process does its work, perhaps under another supervisor. Two that fight for an ordinal soon leave each
  // other minutes; and who only stood still for too long is back in seconds.
  3: { msMin: 2_000, msMax: 300_000, healthyMs: 600_000 },
  // Stalled: it takes half a minute to be found out, so that half a minute is no health.
  4: { msMin: 200, msMax: 60_000, healthyMs: 600_000 },
};

/** Doubles from wait to wait, for each way to end on its own. */
export function createBackOff(): BackOff {
  const nextMs = new Map<Rule, number>();
  return {
    after({ code }, ranMs) {
      const rule = rules[code ?? 0] ?? died;
      const ms = ranMs >= rule.healthyMs ? rule.msMin : (nextMs.get(rule) ?? rule.msMin);
      nextMs.set(rule, Math.min(ms * 2, rule.msMax));
      return ms;
    },
  };
}
