import { table } from "@tallybook/cli";
import { failpoints } from "@tallybook/service";
import type { Failpoint } from "@tallybook/service";

import type { Verdict } from "./checks.ts";
import type { Wreckers } from "./faults.ts";
import type { Counts, Sender } from "./sender.ts";
import type { Recovery } from "./watch.ts";
import { visited } from "./plan.ts";

/** What a run has come to, as `--json` writes it. */
export interface Outcome {
  readonly seed: number;
  readonly minutes: number;
  /** Deaths that were wanted at each fail point; 0: not each in turn. */
  readonly timesEach: number;
  readonly eventsPerSecond: number;
  readonly wipe: boolean;
  /** Everything that does not hold; empty where all does. */
  readonly failures: readonly string[];
  readonly checks: readonly { readonly name: string; readonly holds: boolean }[];
  /** Events; units of the meters; cents. */
  readonly drift: { readonly events: string; readonly units: string; readonly money: string };
  readonly events: Counts & { readonly acknowledged: number };
  readonly months: number;
  readonly cuts: number;
  readonly invoices: number;
  readonly transactions: number;
  readonly kills: number;
  readonly killsByService: Readonly<Record<string, number>>;
  readonly killsByFailPoint: Readonly<Record<string, number>>;
  /** Besides kills. */
  readonly wrongs: Readonly<Record<string, number>>;
  /** Processes that ended by themselves, by their last words. */
  readonly ownEnds: readonly string[];
  readonly recoveries: readonly RecoveryTimes[];
  /** From the end of the last fault until a cut had passed everybody. */
  readonly quietMs: number;
  /** Where the data is, if something does not hold. */
  readonly dir: string;
}

export interface RecoveryTimes {
  readonly kind: string;
  readonly times: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function outcomeOf(run: {
  readonly seed: number;
  readonly minutes: number;
  readonly timesEach: number;
  readonly eventsPerSecond: number;
  readonly wipe: boolean;
  readonly dir: string;
  readonly sender: Sender;
  readonly faults: Wreckers;
  readonly verdict: Verdict;
  readonly quietMs: number;
  readonly restSecondsMax: number;
  readonly quiet: readonly string[];
  readonly unready: readonly string[];
  readonly months: number;
}): Outcome {
  const { sender, verdict, seed, minutes, eventsPerSecond, wipe, months, quietMs, dir } = run;
  const { timesEach } = run;
  const { watch, wrongs } = run.faults;
  const { drift, invoices, transactions, cuts } = verdict;
  const checks = [
    ...verdict.checks,
    { name: "every producer was answered as it should be", faults: sender.complaints },
    {
      name: `a cut passes within ${run.restSecondsMax} s of the last fault`,
      faults: run.quiet,
    },
    { name: "everybody is ready in the end", faults: run.unready },
    ...(timesEach > 0 ? [everyFailpoint(watch.killsByPoint, timesEach)] : []),
  ];
  return {
    seed,
    minutes,
    timesEach,
    eventsPerSecond,
    wipe,
    failures: checks.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
    checks: checks.map(({ name, faults }) => ({ name, holds: faults.length === 0 })),
    drift: {
      events: String(drift.events),
      units: String(drift.units),
      money: String(drift.money),
    },
    events: { ...sender.counts, acknowledged: sender.acknowledged.size },
    months,
    cuts,
    invoices,
    transactions,
    kills: total(watch.kills),
    killsByService: sorted(watch.kills),
    killsByFailPoint: sorted(watch.killsByPoint),
    wrongs: sorted(wrongs),
    ownEnds: watch.ownEnds,
    recoveries: timesOf(watch.recoveries),
    quietMs,
    dir,
  };
}

function everyFailpoint(
  kills: Readonly<Record<string, number>>,
  times: number,
): { readonly name: string; readonly faults: string[] } {
  return {
    name: `a process died at every fail point${times === 1 ? "" : `, ${times} times each`}`,
    faults: visited
      .filter((point) => (kills[point] ?? 0) < times)
      .map((point) => `${kills[point] ?? 0} times at ${point}`),
  };
}

/** For a terminal, and between fences for a page. */
export function reportOf(outcome: Outcome): string[] {
  const { events, drift } = outcome;
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const facts: [string, string | number][] = [
    ["seed", outcome.seed],
    ...(outcome.timesEach > 0 ? [] : [["minutes of faults", outcome.minutes] as [string, number]]),
    ["events acknowledged", events.acknowledged],
    ["  of them late", events.late],
    ["  of them by backfills", events.backfilled],
    ["repeats of them", events.repeats],
    ["conflicts", events.conflicts],
    ["malformed", events.malformed],
    ["requests", events.requests],
    ["  of them unanswered", events.unanswered],
    ["months closed", outcome.months],
    ["cuts", outcome.cuts],
    ["invoices", outcome.invoices],
    ["journal transactions", outcome.transactions],
    ["kills", outcome.kills],
    ...Object.entries(outcome.killsByService).map(([name, count]): [string, number] => [
      `  ${name}`,
      count,
    ]),
    ["  of them at fail points", total(outcome.killsByFailPoint)],
    ...Object.entries(outcome.wrongs),
    ["processes that ended by themselves", outcome.ownEnds.length],
    ["seconds until a cut passed after the last fault", seconds(outcome.quietMs)],
    ["drift in events", drift.events],
    ["drift in units", drift.units],
    ["drift in cents", drift.money],
  ];
  const right = "right" as const;
  return [
    ...table(
      [{ title: "what" }, { title: "how much", align: right }],
      facts.map(([name, value]) => [name, String(value)]),
    ),
    "",
    ...table(
      [{ title: "killed at" }, { title: "times", align: right }, { title: "when" }],
      Object.entries(outcome.killsByFailPoint).map(([name, count]) => [
        name,
        String(count),
        failpoints[name as Failpoint],
      ]),
    ),
    "",
    ...table(
      [
        { title: "ready again after" },
        { title: "times", align: right },
        { title: "p50 s", align: right },
        { title: "p99 s", align: right },
        { title: "max s", align: right },
      ],
      outcome.recoveries.map(({ kind, times, p50, p99, max }) => [
        kind,
        String(times),
        seconds(p50),
        seconds(p99),
        seconds(max),
      ]),
    ),
    "",
    ...outcome.checks.map(({ name, holds }) => `${holds ? "holds" : "FAILS"}  ${name}`),
    ...(outcome.failures.length === 0 ? [] : ["", ...outcome.failures, "", howToRepeat(outcome)]),
  ];
}

/** The report as a page of its own. */
export function pageOf(outcome: Outcome): string {
  return [
    outcome.timesEach > 0 ? "# A death at every fail point" : "# A run of the killer",
    "",
    `\`${commandOf(outcome)}\`, on the real processes; [chaos.md](chaos.md) says what it does.`,
    "",
    "```",
    ...reportOf(outcome),
    "```",
    "",
  ].join("\n");
}

function howToRepeat(outcome: Outcome): string {
  return `The data is in ${outcome.dir}: look at its logs, or \`npx tally up --data ${outcome.dir}\`. Repeat it with \`${commandOf(outcome)}\`.`;
}

function commandOf({ minutes, timesEach, seed, eventsPerSecond, wipe }: Outcome): string {
  const options = [
    timesEach > 0 ? `--each-failpoint ${timesEach}` : `--minutes ${minutes}`,
    `--seed ${seed}`,
    `--rate ${eventsPerSecond}`,
    ...(wipe ? ["--wipe"] : []),
  ];
  return `npm run chaos -- ${options.join(" ")}`;
}

function timesOf(recoveries: readonly Recovery[]): RecoveryTimes[] {
  return [...Map.groupBy(recoveries, ({ kind }) => kind)]
    .map(([kind, all]) => {
      const ms = all.map((one) => one.ms).toSorted((one, other) => one - other);
      const at = (share: number): number =>
        ms[Math.min(ms.length - 1, Math.floor(ms.length * share))] ?? 0;
      return { kind, times: ms.length, p50: at(0.5), p99: at(0.99), max: ms.at(-1) ?? 0 };
    })
    .toSorted((one, other) => (one.kind < other.kind ? -1 : 1));
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
