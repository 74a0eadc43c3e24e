import { NoSuchLine, reconcile as reconcileAll, replay as replayLine } from "@tallybook/audit";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { identityText, isBalanced } from "../identity.ts";
import { replayText } from "../replayed.ts";
import { withProgress } from "../waiting.ts";

const options = {
  tenant: { value: "NAME", about: "of this tenant only (default: all)" },
  data: deploymentOptions.data,
  ...jsonOption,
};

export const reconcile: Command = {
  name: "reconcile",
  summary:
    "Prints the identity of every tenant from log and columns; fails unless every residual is 0",
  args: [],
  options,
  examples: ["npx tally reconcile", "npx tally reconcile --json"],
  async run(call) {
    const found = await withProgress(
      call.remark,
      () => "reading the log and the columns",
      withEngines(findEngines(call), (engines) => reconcileAll({ ...engines, ...tenantOf(call) })),
    );
    if (call.has("json")) {
      const { cut, time, ahead, rows: identity, lists } = found;
      call.print(JSON.stringify({ cut, time, ahead, identity, lists }, null, 2));
    } else for (const line of identityText(found)) call.print(line);
    return isBalanced(found) ? 0 : 1;
  },
};

export const replay: Command = {
  name: "replay",
  summary: "Computes one line of an invoice again from the log, and shows its whole road",
  args: ["INVOICE", "LINE"],
  options,
  examples: ["npx tally replay INV-000001 2"],
  async run(call) {
    const [invoice = "", lineText = ""] = call.args;
    const line = Number(lineText);
    if (!/^[1-9]\d{0,6}$/.test(lineText)) {
      throw misuse(`tally replay: LINE is the number of a line, from 1: \`${lineText}\` is not.`);
    }
    const found = await withProgress(
      call.remark,
      () => "reading the log",
      withEngines(findEngines(call), (engines) =>
        replayLine({ ...engines, ...tenantOf(call), invoice, line }),
      ),
    ).catch((error: unknown) => {
      throw error instanceof NoSuchLine ? new Failure(error.message) : error;
    });
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const text of replayText(found)) call.print(text);
    return found.verdict.kind === "equal" ? 0 : 1;
  },
};

function tenantOf(call: Call): { tenant?: string } {
  const tenant = call.text("tenant");
  return tenant === undefined ? {} : { tenant };
}
