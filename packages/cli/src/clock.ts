import { setTimeout as sleep } from "node:timers/promises";
import type { Noted } from "@tallybook/client";
import type { Deployment } from "./deployment.ts";
import { Failure } from "./failure.ts";
import { patiently } from "./patiently.ts";
import { withProgress } from "./waiting.ts";

/** What `/v1/progress` tells of the services; null where one does not answer. */
export type Progress = Readonly<Record<string, ServiceProgress | null>>;

export type ServiceProgress = {
  /** Facts of `catalog` below it are folded, or have wholly passed with a cut. */
  readonly catalog_offset?: number;
  /** Facts of `invoices` below it are taken, or written. */
  readonly invoices_offset?: number;
  /** The last cut that has passed. */
  readonly cut?: number;
};

export type Waiting = {
  readonly remark: (line: string) => void;
  readonly signal?: AbortSignal;
};

const pollMs = 50;
const waitMsMax = 15 * 60_000;

/** Moves simulated time forward, and waits until a cut with the new time has passed everybody. */
export function advanceClock(
  target: Deployment,
  time: string,
  waiting: Waiting,
): Promise<Progress> {
  return passed(target, "/v1/clock", { time }, waiting);
}

/** Asks for a cut, and waits until it has passed everybody. */
export function requestCut(
  target: Deployment,
  reason: string,
  waiting: Waiting,
): Promise<Progress> {
  return passed(target, "/v1/cuts", { reason }, waiting);
}

async function passed(
  target: Deployment,
  path: string,
  body: unknown,
  waiting: Waiting,
): Promise<Progress> {
  const { catalog_offset } = await patiently(() => target.ask<Noted>(path, { body }));
  let last: Progress | undefined;
  const work = untilPassed(target, catalog_offset, waiting, (progress) => {
    last = progress;
  });
  return withProgress(
    waiting.remark,
    () => `the cut is on its way: ${whoIsMissing(last, catalog_offset)}`,
    work,
  );
}

async function untilPassed(
  target: Deployment,
  catalogOffset: number,
  waiting: Waiting,
  seen: (progress: Progress | undefined) => void,
): Promise<Progress> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const progress = await progressOf(target);
    seen(progress);
    if (progress !== undefined && whoIsMissing(progress, catalogOffset) === "") return progress;
    if (performance.now() > deadline) {
      throw new Failure(`the cut has not passed yet: ${whoIsMissing(progress, catalogOffset)}`);
    }
    await sleep(pollMs);
  }
}

/** Undefined while the address itself does not answer: whoever runs it starts it again. */
function progressOf(target: Deployment): Promise<Progress | undefined> {
  return target.ask<Progress>("/v1/progress").catch(() => undefined);
}

/** Who has not wholly passed a cut yet that knows the facts up to and with `catalogOffset`; empty when all have. */
export function whoIsMissing(progress: Progress | undefined, catalogOffset: number): string {
  if (progress === undefined) return "the address does not answer";
  const { rater, invoicer } = progress;
  const missing = ["ingest", "aggregator", "rater", "invoicer"].filter(
    (name) => (progress[name]?.catalog_offset ?? -1) <= catalogOffset,
  );
  // What the invoicer wrote is taken by the rater in one more step.
  const isTaken = (rater?.invoices_offset ?? -1) >= (invoicer?.invoices_offset ?? 0);
  if (missing.length === 0 && !isTaken) return "waiting for rater";
  return missing.length === 0 ? "" : `waiting for ${missing.join(", ")}`;
}
