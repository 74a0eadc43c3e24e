import { table } from "@tallybook/cli";

/** What a run has seen. */
export interface Tally {
  readonly seed: number;
  readonly bodies: number;
  seconds: number;
  /** How often which answer came, by form. */
  readonly statuses: Record<string, Record<string, number>>;
  readonly reasons: Record<string, number>;
  /** Items that were answered as accepted. */
  accepted: number;
  /** Usage events that stand in the log afterwards. */
  inLog: number;
  /** What must not be, in words. */
  readonly faults: string[];
}

const faultsShown = 20;

/** The report, line by line. */
export function reportOf(tally: Tally): string[] {
  const { seed, bodies, seconds, statuses, reasons, accepted, inLog, faults } = tally;
  const kinds = [...new Set(Object.values(statuses).flatMap((of) => Object.keys(of)))].toSorted();
  const rows = Object.keys(statuses)
    .toSorted()
    .map((form) => [form, ...kinds.map((kind) => String(statuses[form]?.[kind] ?? 0))]);
  const sums = kinds.map((kind) =>
    String(Object.values(statuses).reduce((sum, of) => sum + (of[kind] ?? 0), 0)),
  );
  const server = kinds.filter((kind) => /^5\d\d$/.test(kind));
  const serverCount = Object.values(statuses).reduce(
    (sum, of) => sum + server.reduce((all, kind) => all + (of[kind] ?? 0), 0),
    0,
  );
  const crashes = faults.filter((fault) => fault.includes("was process")).length;
  const residuals = faults.filter((fault) => fault.startsWith("a residual")).length;
  return [
    `bodies ${bodies}, seed ${seed}, ${seconds.toFixed(0)} s`,
    "",
    ...table(
      [{ title: "began as" }, ...kinds.map((title) => ({ title, align: "right" }) as const)],
      [...rows, ["all", ...sums]],
    ),
    "",
    `items answered as accepted ${accepted}, usage events in the log ${inLog}`,
    `refused for ${Object.keys(reasons).toSorted().join(", ")}`,
    `crashes ${crashes}, 5xx ${serverCount}, faults ${faults.length}, residuals not 0 ${residuals}`,
    ...faults.slice(0, faultsShown),
  ];
}
