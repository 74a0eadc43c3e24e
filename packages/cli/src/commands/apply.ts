import { readFileSync } from "node:fs";
import type { EntryDifference } from "@tallybook/catalog";
import { type Applied, ApiProblem, type FieldProblem } from "@tallybook/client";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { differenceLines, outcomeLines } from "../difference.ts";
import { readDocument, type SourceDocument } from "../document.ts";
import { Failure } from "../failure.ts";
import { patiently } from "../patiently.ts";
import { withProgress } from "../waiting.ts";

/** What `POST /v1/apply?dry_run=true` answers. */
interface Foreseen {
  readonly difference: readonly EntryDifference[];
  /** How many facts it would write. */
  readonly changes: number;
  /** Given along, it makes sure that what is applied is this difference. */
  readonly expect: string;
}

const nobodySaidYes = 3;

export const apply: Command = {
  name: "apply",
  summary: "Makes the catalog what a YAML or JSON file says; shows the difference first, and asks",
  args: ["FILE"],
  options: {
    yes: { about: "do not ask: for scripts" },
    "dry-run": { about: "show the difference, and change nothing" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: [
    "npx tally apply packages/cli/examples/ai-platform.yaml",
    "npx tally apply catalog.yaml --yes",
  ],
  async run(call) {
    const [file = ""] = call.args;
    const document = readDocument(readText(file), file);
    const target = findDeployment(call);
    const foreseen = await faultsByLine(document, file, () => foresee(target, document));
    const isSilent = call.has("json");
    if (!isSilent) for (const line of differenceLines(foreseen.difference)) call.print(line);
    if (call.has("dry-run")) {
      if (isSilent) call.print(JSON.stringify(foreseen, null, 2));
      return 0;
    }
    if (foreseen.changes > 0) await agreed(call, foreseen);
    const applied = await faultsByLine(document, file, () =>
      applyDocument(call, target, document, foreseen),
    );
    if (isSilent) call.print(JSON.stringify(applied, null, 2));
    else for (const line of outcomeLines(applied)) call.print(line);
    return 0;
  },
};

function foresee(target: Deployment, { json }: SourceDocument): Promise<Foreseen> {
  const query = { dry_run: "true" };
  return patiently(() => target.ask<Foreseen>("/v1/apply", { body: json, query }));
}

function applyDocument(
  call: Call,
  target: Deployment,
  { json }: SourceDocument,
  { expect }: Foreseen,
): Promise<Applied> {
  const query = { expect };
  const applied = patiently(() => target.ask<Applied>("/v1/apply", { body: json, query }));
  const what = () => "waiting for the cut from which new meters count";
  return withProgress(call.remark, what, applied);
}

/** Somebody has said yes, or says it now; throws a failure where nobody does. */
async function agreed(call: Call, { difference }: Foreseen): Promise<void> {
  if (call.has("yes")) return;
  const entries = difference.filter(({ change }) => change !== "same").length;
  const what = entries === 1 ? "this entry" : `these ${entries} entries`;
  if (call.question === undefined) {
    const message = `nothing is changed: nobody is at the terminal to agree to ${what}. Say --yes to apply them, or --dry-run only to look.`;
    throw new Failure(message, nobodySaidYes);
  }
  const answer = await call.question(`Apply ${what}? [y/N] `);
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Failure("nothing is changed.", nobodySaidYes);
}

/** Runs it; faults in the document are told with their lines. */
async function faultsByLine<T>(
  document: SourceDocument,
  file: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.errors.length === 0) throw error;
    throw new Failure(error.errors.map((fault) => faultLine(fault, document, file)).join("\n"));
  }
}

/** `plans.yaml:14: plans[0].prices[1].tiers: …` */
function faultLine(fault: FieldProblem, document: SourceDocument, file: string): string {
  const line = fault.field === null ? undefined : document.lineOf(fault.field);
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where}: ${fault.field ?? "the document"}: ${fault.detail} (${fault.reason})`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
