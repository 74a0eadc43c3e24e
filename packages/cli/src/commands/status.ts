import type { Clock } from "@tallybook/client";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { Failure } from "../failure.ts";
import { table } from "../table.ts";
import type { Part, Readiness } from "../up/readiness.ts";
import { readRunFile } from "../up/run-file.ts";

export const status: Command = {
  name: "status",
  summary: "Shows whether everything is ready, and where everything is",
  args: [],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally status"],
  async run(call) {
    const target = findDeployment(call);
    const [now, clock] = await Promise.all([
      readinessOf(target.url),
      target.ask<Clock>("/v1/clock").catch(() => undefined),
    ]);
    if (call.has("json")) {
      call.print(JSON.stringify({ url: target.url, clock, ...now }, null, 2));
      return now.ready ? 0 : 1;
    }
    const run =
      call.text("url") === undefined ? readRunFile(call.text("data") ?? ".tallybook") : undefined;
    const parts = { ...now.services, ...now.engines };
    call.print(`${target.url} is ${now.ready ? "ready" : "not ready"}`);
    if (clock)
      call.print(`time: ${clock.time} ${clock.simulated ? "(simulated)" : "(wall clock)"}`);
    if (run) {
      call.print(`kafka: ${run.kafka.brokers}`);
      call.print(
        `clickhouse: ${new URL(run.clickhouse.url).host} (npx tally analyst-access says how to log in)`,
      );
    }
    call.print("");
    const rows = Object.entries(parts).map(([name, part]) => [
      name,
      stateOf(part),
      String(run?.processes[name]?.pid ?? ""),
      run?.services[name] ?? "",
    ]);
    const columns = [
      { title: "part" },
      { title: "state" },
      { title: "pid", align: "right" },
      { title: "address" },
    ] as const;
    for (const line of table(columns, rows)) call.print(line);
    const remarks = remarksOf(parts);
    if (remarks.length > 0) call.print("");
    for (const remark of remarks) call.print(remark);
    return now.ready ? 0 : 1;
  },
};

/** What the parts say of themselves: why one is not ready, and what a person should know of one that is. */
export function remarksOf(parts: Readiness["services"]): string[] {
  return Object.entries(parts).flatMap(([name, { ready, detail }]) => {
    if (typeof detail === "string") return ready ? [] : [`${name}: ${detail}`];
    const { checks = {}, notices = {} } = (detail ?? {}) as Health;
    const faults = Object.entries(checks).filter(([, outcome]) => outcome !== "ok");
    return [...faults, ...Object.entries(notices)].map(
      ([what, remark]) => `${name}: ${what}: ${remark}`,
    );
  });
}

/** What a service answers at its own `/readyz`. */
type Health = {
  readonly checks?: Readonly<Record<string, string>>;
  readonly notices?: Readonly<Record<string, string>>;
};

function stateOf({ ready, standby }: Part): string {
  if (ready) return "ready";
  return standby ? "standby" : "not ready";
}

async function readinessOf(url: string): Promise<Readiness> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) });
    return (await answer.json()) as Readiness;
  } catch {
    throw new Failure(`${url} does not answer: does \`tally up\` run?`);
  }
}
