import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { backfillDifference, readBackfillFile, readRefused } from "@tallybook/audit";
import type { BackfillAnswer, BackfillEvents, BackfillRange } from "@tallybook/audit";
import { ApiProblem, type Backfill, type BatchAnswer } from "@tallybook/client";
import { formatTime } from "@tallybook/periods";
import { backfillText, countsOf, isSendable } from "../backfill.ts";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { findEngines, withEngines } from "../engines.ts";
import { Failure, misuse } from "../failure.ts";
import { patiently } from "../patiently.ts";
import { timeOf } from "../period-option.ts";
import { withProgress } from "../waiting.ts";

/** Of one request. */
const itemsMax = 5_000;
const bytesMax = 4 * 1024 * 1024;
/** Until every front door has heard of the backfill. */
const heardMsMax = 15_000;

export const backfill: Command = {
  name: "backfill",
  summary:
    "Sends usage of a time that is too old for the usual way, held against all that was ever accepted of it",
  args: ["[FILE]"],
  options: {
    from: { value: "TIME", about: "it takes events of a time from here (RFC 3339, or a day)" },
    to: { value: "TIME", about: "up to here, exclusive; not later than now" },
    reason: { value: "TEXT", about: "why so late; it is kept" },
    source: { value: "NAME", about: "of this source only; may be given again", repeated: true },
    refused: {
      about:
        "instead of a FILE: what was refused because it came too late, and lies on usage.rejected",
    },
    "dry-run": { about: "say what would be new, there already, or in conflict, and send nothing" },
    tenant: { value: "NAME", about: "whose usage (default: default)" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: [
    "npx tally backfill june.ndjson --from 2023-06-01 --to 2023-07-01 --dry-run",
    'npx tally backfill june.ndjson --from 2023-06-01 --to 2023-07-01 --reason "a region was never sent"',
    'npx tally backfill --refused --from 2023-06-01 --to 2023-07-01 --reason "a spool was away"',
  ],
  async run(call) {
    const range = rangeOf(call);
    const { events: found, bytes } = await eventsOf(call, range);
    const { events, unfit } = found;
    const answers = await withProgress(
      call.remark,
      () => "reading what was accepted",
      withEngines(findEngines(call), ({ log }) => backfillDifference(log, range, events)),
    );
    const isDry = call.has("dry-run");
    const outcomes = countsOf(answers);
    const counts = { ...outcomes, unfit: unfit.length };
    if (!call.has("json")) for (const line of backfillText(answers, unfit)) call.print(line);
    const isClean = counts.conflict + counts.outside + counts.unfit === 0;
    if (isDry || !isSendable(outcomes, unfit, { isFile: !call.has("refused") })) {
      if (call.has("json")) call.print(JSON.stringify({ ...counts, backfill: null }, null, 2));
      else if (!isDry) call.print(isClean ? "There is nothing to send." : "Nothing was sent.");
      return isClean ? 0 : 1;
    }
    const target = findDeployment(call);
    const opened = await openBackfill(call, target, { range, events: events.length, bytes });
    const sent = await send(call, target, { opened, found, answers });
    if (call.has("json"))
      call.print(JSON.stringify({ ...counts, backfill: opened, sent }, null, 2));
    else
      call.print(
        `Sent ${sent} events by the backfill ${opened.backfill}; the next cut counts them, and what of them is of rated periods stands on the next invoices.`,
      );
    return isClean ? 0 : 1;
  },
};

function rangeOf(call: Call): BackfillRange {
  const [from, to] = [momentOf(call, "from"), momentOf(call, "to")];
  if (from >= to) throw misuse("tally backfill: --from must be before --to.");
  return { tenant: call.text("tenant") ?? "default", sources: call.texts("source"), from, to };
}

function momentOf(call: Call, option: "from" | "to"): number {
  const text = call.text(option);
  const time = text === undefined ? undefined : timeOf(text);
  if (time !== undefined) return time;
  throw misuse(
    `tally backfill needs --${option}: a day like 2023-06-01, or a time like 2023-06-01T00:00:00Z.`,
  );
}

async function eventsOf(
  call: Call,
  range: BackfillRange,
): Promise<{ readonly events: BackfillEvents; readonly bytes: Uint8Array }> {
  const [file] = call.args;
  if ((file === undefined) !== call.has("refused"))
    throw misuse("tally backfill takes either a FILE, or --refused.");
  if (file !== undefined) {
    const bytes = readBytes(file);
    return { events: readBackfillFile(bytes, range.tenant), bytes };
  }
  const events = await withProgress(
    call.remark,
    () => "reading what was refused",
    withEngines(findEngines(call), ({ log }) => readRefused(log, range)),
  );
  return { events, bytes: Buffer.from(events.events.map(({ text }) => text).join("\n")) };
}

async function openBackfill(
  call: Call,
  target: Deployment,
  given: { range: BackfillRange; events: number; bytes: Uint8Array },
): Promise<Backfill> {
  const reason = call.text("reason");
  if (reason === undefined) throw misuse("tally backfill needs --reason: why so late.");
  const { from, to, sources } = given.range;
  const body = {
    from: formatTime(from),
    to: formatTime(to),
    sources,
    reason,
    events: given.events,
    digest: createHash("sha256").update(given.bytes).digest("hex"),
  };
  return withProgress(
    call.remark,
    () => "waiting for the cut that opens the backfill",
    target.ask<Backfill>("/v1/backfills", { body }),
  );
}

/** In order, each request once the one before is answered. What conflicts is not sent: it would be refused. */
async function send(
  call: Call,
  target: Deployment,
  given: { opened: Backfill; found: BackfillEvents; answers: readonly BackfillAnswer[] },
): Promise<number> {
  const wanted = new Set(
    given.answers.filter(({ outcome }) => outcome === "new").map(({ line }) => line),
  );
  const texts = given.found.events.filter(({ line }) => wanted.has(line)).map(({ text }) => text);
  let sent = 0;
  const query = { backfill: given.opened.backfill };
  const sending = async () => {
    for (const some of inBatches(texts)) {
      const text = `{"events":[${some.join(",")}]}`;
      const ask = () => target.ask<BatchAnswer>("/v1/events/batch", { text, query });
      const { accepted, results } = await heard(() => patiently(ask));
      const refused = results.find((each) => each.status === "refused");
      if (refused !== undefined)
        throw new Failure(
          `${refused.id ?? `event ${sent + refused.index + 1}`} was refused: ${refused.detail}. ${sent + accepted} events are sent; send the file again, what is there does not count twice.`,
        );
      sent += accepted;
    }
  };
  await withProgress(call.remark, () => `sent: ${sent} of ${texts.length} events`, sending());
  return sent;
}

/** Asks again while a front door has not heard of the backfill. */
async function heard<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + heardMsMax;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isEarly = error instanceof ApiProblem && error.status === 409;
      if (!isEarly || performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

function inBatches(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = bytesMax;
  for (const text of texts) {
    const own = Buffer.byteLength(text) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length >= itemsMax || bytes + own > bytesMax) {
      batches.push([text]);
      bytes = own;
    } else {
      last.push(text);
      bytes += own;
    }
  }
  return batches;
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
