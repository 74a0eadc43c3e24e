import { readFileSync } from "node:fs";
import { type Applied, ApiProblem, type FieldProblem } from "@tallybook/client";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { readDocument, type SourceDocument } from "../document.ts";
import { Failure } from "../failure.ts";
import { patiently } from "../patiently.ts";
import { withProgress } from "../waiting.ts";

export const apply: Command = {
  name: "apply",
  summary:
    "Makes the catalog what a YAML or JSON file says: meters, plans, customers, subscriptions",
  args: ["FILE"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally apply packages/cli/examples/ai-platform.yaml"],
  async run(call) {
    const [file = ""] = call.args;
    const document = readDocument(readText(file), file);
    const target = findDeployment(call);
    let applied: Applied;
    try {
      applied = await withProgress(
        call.remark,
        () => "waiting for the cut from which new meters count",
        patiently(() => target.ask<Applied>("/v1/apply", { body: document.json })),
      );
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.errors.length === 0) throw error;
      throw new Failure(error.errors.map((fault) => faultLine(fault, document, file)).join("\n"));
    }
    if (call.has("json")) {
      call.print(JSON.stringify(applied, null, 2));
      return 0;
    }
    for (const line of outcome(applied, document)) call.print(line);
    return 0;
  },
};

/** `plans.yaml:14: plans[0].prices[1].tiers: …` */
function faultLine(fault: FieldProblem, document: SourceDocument, file: string): string {
  const line = fault.field === null ? undefined : document.lineOf(fault.field);
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where}: ${fault.field ?? "the document"}: ${fault.detail} (${fault.reason})`;
}

function outcome(applied: Applied, document: SourceDocument): string[] {
  const [fills, changes] = [
    applied.changes.filter(isFill),
    applied.changes.filter((change) => !isFill(change)),
  ];
  const lines = changes.map((change) => {
    const version = change.version === undefined ? "" : ` version ${change.version}`;
    return `${deed(change.kind, change.version)} ${noun(change.kind)} ${change.id}${version}`;
  });
  const unchanged = entries(document) - changes.length;
  if (unchanged > 0) lines.push(`unchanged: ${unchanged} of ${entries(document)}`);
  if (!applied.in_force)
    lines.push("new meters count from the next cut on, which is still to come");
  for (const { id } of fills)
    lines.push(`the history of meter ${id} is being filled: \`tally status\` says how far it is`);
  return lines;
}

/** What is asked for along with a meter, and no entry of its own. */
function isFill({ kind }: Applied["changes"][number]): boolean {
  return kind === "MeterFillRequested";
}

/** `MeterPublished` → created, or changed where it is a later version. */
function deed(kind: string, version: number | undefined): string {
  if (kind.endsWith("Ended")) return "ended  ";
  return version !== undefined && version > 1 ? "changed" : "created";
}

function noun(kind: string): string {
  return kind.replace(/(Published|Created|Started|Ended)$/, "").toLowerCase();
}

function entries(document: SourceDocument): number {
  const { json } = document;
  if (typeof json !== "object" || json === null) return 0;
  return Object.values(json).reduce<number>(
    (sum, section) => sum + (Array.isArray(section) ? section.length : 0),
    0,
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
