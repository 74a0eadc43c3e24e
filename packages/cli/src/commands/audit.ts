import {
  knownAt,
  reconcile as reconcileAll,
  replay as replayLines,
  replayAll,
  replayMoved,
} from "@tallybook/audit";
import type { KnownAtOptions, ReconcileOptions } from "@tallybook/audit";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { identityText, isBalanced } from "../identity.ts";
import { readPeriod } from "../period-option.ts";
import { parseTime } from "@tallybook/periods";
import { knownAtText } from "../known-at.ts";
import { replayedInvoice, replayedInvoicesText } from "../replayed-all.ts";
import type { ReplayedInvoice } from "../replayed-all.ts";
import { replayedMovedList, replayedMovedText } from "../replayed-moved.ts";
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
  options: {
    ...options,
    meter: { value: "NAME", about: "what concerns this meter only" },
    period: {
      value: "PERIOD",
      about: "what concerns billing periods that begin in it only: 2023-11, 2023-11-16, or FROM/TO",
    },
    cut: { value: "N", about: "what concerns this cut only" },
  },
  examples: [
    "npx tally reconcile",
    "npx tally reconcile --tenant default --meter input_tokens --period 2023-11",
    "npx tally reconcile --cut 12 --json",
  ],
  async run(call) {
    const scope = scopeOf(call);
    const found = await withProgress(
      call.remark,
      () => "reading the log and the columns",
      withEngines(findEngines(call), ({ log, columns }) =>
        reconcileAll({ log, columns, ...tenantOf(call), ...scope }),
      ),
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
  args: ["[INVOICE]", "[LINE]"],
  options: {
    ...options,
    all: { about: "every invoice and draft, from one reading of the log; a line for each" },
    moved: {
      about:
        "money that moved, instead of an invoice: a note by its number or id, a payment or a use of credit by its id, a void by its invoice's number; or --all",
    },
    line: { value: "N", about: "this line only, from 1 (default: all)" },
    full: {
      about:
        "read all of usage.raw up to the cut and decide each record again, instead of those that ClickHouse names",
    },
    events: {
      value: "N",
      about:
        "show the first N of each line's events; all are counted (default: 10, with --json 1000)",
    },
    "known-at": {
      value: "CUT|TIME",
      about: "what its usage comes to by what was known at another cut, beside what was billed",
    },
  },
  examples: [
    "npx tally replay INV-000001 --known-at 2023-12-15T00:00:00Z",
    "npx tally replay INV-000001",
    "npx tally replay INV-000001 --line 2 --full",
    "npx tally replay INV-000001 --json",
    "npx tally replay --all --full",
    "npx tally replay --moved CN-000001",
  ],
  async run(call) {
    if (call.has("moved")) return replayMovement(call);
    if (call.has("all")) return replayEvery(call);
    const [invoice] = call.args;
    if (invoice === undefined)
      throw misuse("tally replay: say which INVOICE, by its number or id, or --all.");
    const at = call.text("known-at");
    if (at !== undefined) return replayKnownAt(call, invoice, momentOf(at));
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
          shownMax: shownOf(call),
        }),
      ),
    ).catch(refuse);
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const text of replayText(found)) call.print(text);
    return found.verdict.kind === "equal" ? 0 : 1;
  },
};

async function replayEvery(call: Call): Promise<number> {
  if (call.args.length > 0 || ["known-at", "line", "events"].some((name) => call.has(name)))
    throw misuse("tally replay: --all is every line of every invoice: leave all else out.");
  const full = call.has("full");
  const found: ReplayedInvoice[] = [];
  await withProgress(
    call.remark,
    () => `reading the log; ${found.length} invoices are computed again`,
    withEngines(findEngines(call), async ({ log, columns, kafka }) => {
      for await (const each of replayAll({
        log,
        columns,
        kafka,
        ...tenantOf(call),
        full,
        shownMax: 0,
      }))
        found.push(replayedInvoice(each));
    }),
  ).catch(refuse);
  if (call.has("json")) call.print(JSON.stringify(found, null, 2));
  else for (const text of replayedInvoicesText(found)) call.print(text);
  return found.every(({ verdict }) => verdict.kind === "equal") ? 0 : 1;
}

async function replayMovement(call: Call): Promise<number> {
  const [name, ...others] = call.args;
  const isAll = call.has("all");
  if (others.length > 0 || ["line", "known-at", "full"].some((option) => call.has(option)))
    throw misuse("tally replay: --moved is of one NAME, or --all: leave all else out.");
  if ((name === undefined) !== isAll)
    throw misuse(
      "tally replay: say which note, payment, use of credit or voided invoice, by its NAME, or --all.",
    );
  const found = await withProgress(
    call.remark,
    () => "reading the log",
    withEngines(findEngines(call), ({ log }) =>
      replayMoved({ log, ...tenantOf(call), ...(name === undefined ? {} : { name }) }),
    ),
  ).catch(refuse);
  if (found.length === 0 && name !== undefined)
    throw new Failure(
      `unable to replay: there is no note, payment, use of credit or voided invoice ${name}`,
      unable,
    );
  if (call.has("json")) call.print(JSON.stringify(found, null, 2));
  else
    for (const text of isAll ? replayedMovedList(found) : replayedMovedText(found))
      call.print(text);
  return found.every(({ verdict }) => verdict.kind === "equal") ? 0 : 1;
}

async function replayKnownAt(
  call: Call,
  invoice: string,
  at: KnownAtOptions["at"],
): Promise<number> {
  if (lineOf(call) !== undefined)
    throw misuse("tally replay: --known-at is of the whole invoice: leave the line out.");
  const full = call.has("full");
  const found = await withProgress(
    call.remark,
    () => "reading the log",
    withEngines(findEngines(call), ({ log, columns, kafka }) =>
      knownAt({ log, columns, kafka, ...tenantOf(call), invoice, at, full }),
    ),
  ).catch(refuse);
  if (call.has("json")) call.print(JSON.stringify(found, null, 2));
  else for (const text of knownAtText(found)) call.print(text);
  return found.periods.every(({ difference }) => difference === "0") ? 0 : 1;
}

/** What cannot be computed is neither exact nor different. */
function refuse(error: unknown): never {
  throw error instanceof Error ? new Failure(`unable to replay: ${error.message}`, unable) : error;
}

function momentOf(text: string): KnownAtOptions["at"] {
  if (/^\d{1,9}$/.test(text)) return { cut: Number(text) };
  const time = parseTime(text);
  if (time !== undefined) return { time };
  throw misuse(
    `tally replay: --known-at is the number of a cut, or a time such as 2023-12-15T00:00:00Z: \`${text}\` is neither.`,
  );
}

function scopeOf(call: Call): Pick<ReconcileOptions, "meter" | "period" | "cut"> {
  const [period, cut] = [call.text("period"), call.text("cut")];
  if (cut !== undefined && !/^\d{1,9}$/.test(cut))
    throw misuse(`tally reconcile: --cut is the number of a cut, from 0: \`${cut}\` is not.`);
  return {
    meter: call.text("meter"),
    period: period === undefined ? undefined : readPeriod("reconcile", period),
    cut: cut === undefined ? undefined : Number(cut),
  };
}

/** Events of each line that are shown. */
function shownOf(call: Call): number {
  const given = call.text("events");
  if (given === undefined) return call.has("json") ? 1_000 : 10;
  if (/^\d{1,6}$/.test(given)) return Number(given);
  throw misuse(`tally replay: --events is a number, 999999 at most: \`${given}\` is not.`);
}

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
