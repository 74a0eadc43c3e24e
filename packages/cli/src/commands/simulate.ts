import { readFileSync } from "node:fs";
import { NoPlan, simulate as simulateAll } from "@tallybook/audit";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { readDocument, type SourceDocument } from "../document.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { timeOf } from "../period-option.ts";
import { simulatedText } from "../simulated.ts";
import { withProgress } from "../waiting.ts";

const topUsual = 10;

export const simulate: Command = {
  name: "simulate",
  summary:
    "Rates all history of a plan's customers by another plan: who pays more, who less, by how much",
  args: [],
  options: {
    plan: { value: "FILE", about: "YAML or JSON with one plan, as for `tally apply`" },
    "instead-of": { value: "PLAN", about: "whose place it takes (default: the plan of its name)" },
    from: { value: "TIME", about: "billing periods that begin from then on: a day, or RFC 3339" },
    to: { value: "TIME", about: "and are over by then (default: the last closed cut)" },
    top: { value: "N", about: `customers in each table (default ${topUsual}); --json has all` },
    tenant: { value: "NAME", about: "whose plan it is (default: default)" },
    data: deploymentOptions.data,
    ...jsonOption,
  },
  examples: [
    "npx tally simulate --plan dearer.yaml --from 2023-01-01 --to 2024-01-01",
    "npx tally simulate --plan team.yaml --instead-of pro --from 2023-01-01 --json",
  ],
  async run(call) {
    const file = call.text("plan");
    if (file === undefined) throw misuse("tally simulate: say which plan: --plan FILE.");
    const from = readTime(call, "from");
    const to = call.has("to") ? readTime(call, "to") : Number.MAX_SAFE_INTEGER;
    if (from >= to) throw misuse("tally simulate: --from has to be before --to.");
    const top = readTop(call.text("top"));
    const document = readDocument(readText(file), file);
    const instead = call.text("instead-of");
    const { clickhouse, ...place } = findEngines(call);
    let progress = { done: 0, of: 0 };
    const simulated = await withProgress(
      call.remark,
      () => progressText(progress),
      withEngines({ ...place, clickhouse }, ({ log }) =>
        simulateAll({
          log,
          columns: clickhouse,
          tenant: call.text("tenant") ?? "default",
          plan: document.json,
          ...(instead === undefined ? {} : { instead }),
          from,
          to,
          told: (done, of) => {
            progress = { done, of };
          },
        }),
      ),
    ).catch((error: unknown) => {
      throw error instanceof NoPlan ? withLines(error, document, file) : error;
    });
    if (call.has("json")) call.print(JSON.stringify(simulated, null, 2));
    else for (const line of simulatedText(simulated, top)) call.print(line);
    return 0;
  },
};

function readTime(call: Call, option: "from" | "to"): number {
  const text = call.text(option);
  if (text === undefined) throw misuse(`tally simulate: say from when on: --${option} 2023-01-01.`);
  const time = timeOf(text);
  if (time !== undefined) return time;
  throw misuse(
    `tally simulate: \`--${option} ${text}\` is no time: give a day like 2023-01-01, or RFC 3339.`,
  );
}

function readTop(text: string | undefined): number {
  if (text === undefined) return topUsual;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw misuse(`tally simulate: \`--top ${text}\` is no whole number.`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function withLines(error: NoPlan, document: SourceDocument, file: string): Failure {
  const lines = error.faults.map(({ field, detail }) => {
    const line = document.lineOf(field);
    const place = line === undefined ? file : `${file}:${line}`;
    return `${place}: ${field === "" ? "" : `${field}: `}${detail}`;
  });
  return new Failure(lines.join("\n"));
}

function progressText({ done, of }: { readonly done: number; readonly of: number }): string {
  return of === 0 ? "reading the log" : `rated ${done} of ${of} customers, twice each`;
}
