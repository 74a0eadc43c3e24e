import { NotRebuilt, rebuild as rebuildAll } from "@tallybook/audit";
import type { Rebuilt, RebuildProgress } from "@tallybook/audit";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure } from "../failure.ts";
import { table } from "../table.ts";
import { withProgress } from "../waiting.ts";

const digestShown = 16;
const differencesShown = 10;

export const rebuildColumns: Command = {
  name: "rebuild columns",
  summary:
    "Drops ClickHouse's tables, waits until they are made again from Kafka, compares each with what it was",
  args: [],
  options: { data: deploymentOptions.data, ...jsonOption },
  examples: ["npx tally rebuild columns", "npx tally rebuild columns --json"],
  async run(call) {
    let progress: RebuildProgress | undefined;
    const rebuilt = await withProgress(
      call.remark,
      () => progressText(progress),
      withEngines(findEngines(call), (engines) =>
        rebuildAll({
          ...engines,
          told: (now) => {
            progress = now;
          },
        }),
      ),
    ).catch((error: unknown) => {
      throw error instanceof NotRebuilt ? new Failure(error.message) : error;
    });
    if (call.has("json")) call.print(JSON.stringify(rebuilt, null, 2));
    else for (const line of rebuiltText(rebuilt)) call.print(line);
    return isAsItWas(rebuilt) ? 0 : 1;
  },
};

export function rebuiltText(rebuilt: Rebuilt): readonly string[] {
  const { tables, cut, controls, differences } = rebuilt;
  const columns = [
    { title: "table" },
    { title: "rows before", align: "right" },
    { title: "rows after", align: "right" },
    { title: "digest before" },
    { title: "digest after" },
    { title: "equal" },
  ] as const;
  const rows = tables.map(({ table: name, before, after, isEqual }) => [
    name,
    String(before.rows),
    String(after.rows),
    before.digest.slice(0, digestShown),
    after.digest.slice(0, digestShown),
    isEqual ? "yes" : "NO",
  ]);
  const verdict = isAsItWas(rebuilt)
    ? `Every table is what it was, up to cut ${cut}; so are the ${controls} totals of tenants in parts.`
    : "ClickHouse is not what it was. It equals the log now, so it was something else before:";
  return [
    ...table(columns, rows),
    "",
    verdict,
    ...differences.slice(0, differencesShown).map((difference) => `  ${difference}`),
    ...(differences.length > differencesShown
      ? [`  and ${differences.length - differencesShown} more`]
      : []),
  ];
}

function isAsItWas({ tables, differences }: Rebuilt): boolean {
  return differences.length === 0 && tables.every(({ isEqual }) => isEqual);
}

function progressText(progress: RebuildProgress | undefined): string {
  switch (progress?.doing) {
    case undefined:
      return "reading the log";
    case "reading":
      return `reading every table, ${progress.cutsTotal} cuts, ${progress.eventsTotal} events`;
    case "dropping":
      return "dropping every table";
    case "waiting":
      return `made again: cut ${progress.cuts} of ${progress.cutsTotal}, ${progress.events} of ${progress.eventsTotal} events`;
    case "comparing":
      return "comparing every table";
  }
}
