import { setTimeout as sleep } from "node:timers/promises";
import { ApiProblem, Unanswered } from "./request.ts";
import type { BatchAnswer, ItemResult } from "./usage.ts";

/** What became of one event: the service's word on it, or why there is none. */
export type Outcome =
  | { readonly kind: "settled"; readonly result: ItemResult }
  | { readonly kind: "failed"; readonly error: unknown };

export interface DeliveryOptions {
  /** How long a batch is sent again while the service is away, in milliseconds. */
  readonly patienceMs: number;
  /** Milliseconds before the first repeat, and at most between two; 100 and 5,000 unless given. */
  readonly backOffMsMin?: number;
  readonly backOffMsMax?: number;
  /** Whether what failed is tried again; what the service calls passing unless given. */
  readonly isPassing?: (error: unknown) => boolean;
  /** Told of every failure that is waited out. */
  readonly onTrouble?: (error: unknown, waitMs: number) => void;
  /** Ends the waiting, and with it the delivery. */
  readonly signal?: AbortSignal;
  /** Whether waiting keeps the process alive; it does unless false. */
  readonly ref?: boolean;
}

const backOffMsMinUsual = 100;
const backOffMsMaxUsual = 5_000;
/** A service that wants to be left alone for longer is asked again all the same. */
const retryAfterMsMax = 300_000;

/**
 * Sends a batch until the service has said of every event what became of it. What is too large for one request is halved, and
 * so is a batch that is refused as a whole: one event that cannot be read is no reason to lose the others.
 */
export async function deliver<Event>(
  send: (events: readonly Event[]) => Promise<BatchAnswer>,
  events: readonly Event[],
  options: DeliveryOptions,
): Promise<Outcome[]> {
  const sent = await trySend(send, events, options);
  if (sent.kind === "answered") return events.map((_, index) => outcomeOf(sent.results[index]));
  if (events.length > 1 && isOfSome(sent.error)) {
    const half = Math.ceil(events.length / 2);
    const first = await deliver(send, events.slice(0, half), options);
    return [...first, ...(await deliver(send, events.slice(half), options))];
  }
  return events.map(() => ({ kind: "failed", error: sent.error }));
}

function outcomeOf(result: ItemResult | undefined): Outcome {
  if (result !== undefined) return { kind: "settled", result };
  return { kind: "failed", error: new Error("the answer has no result for this event") };
}

type Sent =
  | { readonly kind: "answered"; readonly results: readonly ItemResult[] }
  | { readonly kind: "failed"; readonly error: unknown };

async function trySend<Event>(
  send: (events: readonly Event[]) => Promise<BatchAnswer>,
  events: readonly Event[],
  options: DeliveryOptions,
): Promise<Sent> {
  const { isPassing = isPassingUsual, backOffMsMax = backOffMsMaxUsual } = options;
  const deadline = performance.now() + options.patienceMs;
  let backOffMs = options.backOffMsMin ?? backOffMsMinUsual;
  for (;;) {
    try {
      return { kind: "answered", results: resultsIn(await send(events), events.length) };
    } catch (error) {
      if (error instanceof ApiProblem && Array.isArray(error.body["results"]))
        return { kind: "answered", results: error.body["results"] as ItemResult[] };
      const waitMs = retryAfterMs(error) ?? jittered(backOffMs);
      const isOver = options.signal?.aborted === true || performance.now() + waitMs > deadline;
      if (isOver || !isPassing(error)) return { kind: "failed", error };
      options.onTrouble?.(error, waitMs);
      await pause(waitMs, options);
      backOffMs = Math.min(backOffMs * 2, backOffMsMax);
    }
  }
}

/** Whoever answers 200 without a result for each event is not the service: a page of a proxy, as it may be. */
function resultsIn({ results }: BatchAnswer, count: number): readonly ItemResult[] {
  if (Array.isArray(results) && results.length === count) return results;
  throw new Unanswered(`an answer without a result for each of ${count} events`);
}

function isPassingUsual(error: unknown): boolean {
  return error instanceof Unanswered || (error instanceof ApiProblem && error.isPassing);
}

/** The request is refused for what some events of it are. */
function isOfSome(error: unknown): boolean {
  return error instanceof ApiProblem && [400, 413, 422].includes(error.status);
}

function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof ApiProblem) || error.retryAfterSeconds === undefined) return undefined;
  const ms = Math.max(0, error.retryAfterSeconds * 1_000);
  // All clients were told the same: they do not come back at one moment.
  return Math.min(ms * (1 + Math.random() / 4), retryAfterMsMax);
}

function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

async function pause(ms: number, { signal, ref }: DeliveryOptions): Promise<void> {
  const options = { ...(signal && { signal }), ...(ref === false && { ref }) };
  // An interrupted pause is only a shorter one.
  await sleep(ms, undefined, options).catch(() => {});
}
