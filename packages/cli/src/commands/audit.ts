import { reconcile as reconcileAll, replay as replayLines } from "@tallybook/audit";
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
  summary:
    "Computes an invoice again from the log, and shows its whole road; exit code 0: exact, 1: it differs, 2: it cannot be said",
  args: ["INVOICE", "[LINE]"],
  options: {
    ...options,
    line: { value: "N", about: "this line only, from 1 (default: all)" },
    full: {
      about:
        "read all of usage.raw up to the cut and decide each record again, instead of those that ClickHouse names",
    },
  },
  examples: [
    "npx tally replay INV-000001",
    "npx tally replay INV-000001 --line 2 --full",
    "npx tally replay INV-000001 --json",
  ],
  async run(call) {
    const [invoice = ""] = call.args;
    const line = lineOf(call);
    const place = findEngines(call);
    const found = await withProgress(
      call.remark,
      () => (call.has("full") ? "reading all of the log" : "reading the log"),
      withEngines(place, ({ log, columns, kafka }) =>
        replayLines({
          log,
          columns,
          kafka,
          ...tenantOf(call),
          invoice,
          line,
          full: call.has("full"),
        }),
      ),
    ).catch((error: unknown) => {
      // What cannot be computed is neither exact nor different.
      throw error instanceof Error
        ? new Failure(`unable to replay: ${error.message}`, unable)
        : error;
    });
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const text of replayText(found)) call.print(text);
    return found.verdict.kind === "equal" ? 0 : 1;
  },
};

/** As of `diff`: 0 the same, 1 different, 2 trouble. */
const unable = 2;

function lineOf(call: Call): number | undefined {
  const [, given] = call.args;
  const asked = call.text("line");
  if (given !== undefined && asked !== undefined)
    throw misuse("tally replay: say LINE or --line N, not both.");
  const text = given ?? asked;
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw misuse(`tally replay: a line is a number from 1: \`${text}\` is not.`);
}

function tenantOf(call: Call): { tenant?: string } {
  const tenant = call.text("tenant");
  return tenant === undefined ? {} : { tenant };
}
