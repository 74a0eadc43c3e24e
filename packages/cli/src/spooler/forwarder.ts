import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@tallybook/client";
import { receivedAtHeader } from "@tallybook/usage";
import { answerLengthMax, type DeadFolder } from "./dead.ts";
import { requestOf, type KeptRequest } from "./kept.ts";
import type { Answer, Onward } from "./onward.ts";

export interface Forwarder {
  /** There is something to bring. */
  wake(): void;
  /** Ends after what is on its way. */
  close(): Promise<void>;
}

export interface ForwarderOptions {
  readonly store: Pick<Store, "take" | "waiting">;
  readonly dead: Pick<DeadFolder, "add">;
  readonly onward: Pick<Onward, "send">;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
  /** Told of a failure that is waited out. */
  readonly onTrouble: (why: string, waitMs: number) => void;
  /** Told of a request that was set aside. */
  readonly onDead: (request: KeptRequest, status: number) => void;
  /** Milliseconds before the first repeat, and at most between two; 100 and 5,000 unless given. */
  readonly backOffMsMin?: number;
  readonly backOffMsMax?: number;
}

/** Requests on their way at once. */
export const underWayMax = 16;
const takenMax = 256;
const takenBytesMax = 8 * 1024 * 1024;
/** A deployment that wants to be left alone for longer is asked again all the same. */
const retryAfterMsMax = 60_000;

/**
 * Brings what the store holds to the deployment, each request until it is answered for good: with 2xx it is forgotten, with an
 * answer that says no it is set aside, and anything else is waited out. Several go at once; a request in order goes alone.
 */
export function createForwarder(options: ForwarderOptions): Forwarder {
  const { store, dead, onward, now } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (store.waiting() > 0 && !stopping.signal.aborted) {
      const held = await store.take({ itemsMax: takenMax, bytesMax: takenBytesMax });
      if (held === undefined) {
        await pause(10);
        continue;
      }
      for (const group of groupsOf(held.texts.map(requestOf))) await bringAll(group);
      // What is not answered stays on the disk, for the next run.
      if (!stopping.signal.aborted) await held.done();
    }
  }

  async function bringAll(requests: readonly KeptRequest[]): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++])
        await bring(request);
    };
    await Promise.all(Array.from({ length: Math.min(underWayMax, requests.length) }, lane));
  }

  async function bring(request: KeptRequest): Promise<void> {
    let backOffMs = options.backOffMsMin ?? 100;
    while (!stopping.signal.aborted) {
      const said = await ask(request);
      if (said.kind === "taken") return;
      if (said.kind === "refused" && (await setAside(request, said.answer))) return;
      const why = said.kind === "refused" ? "a refused request cannot be set aside" : said.why;
      const waitMs =
        said.kind === "later" && said.waitMs !== undefined ? said.waitMs : jittered(backOffMs);
      options.onTrouble(why, waitMs);
      await pause(waitMs);
      backOffMs = Math.min(backOffMs * 2, options.backOffMsMax ?? 5_000);
    }
  }

  async function ask(request: KeptRequest): Promise<Said> {
    const headers = [...request.headers, [receivedAtHeader, request.at] as const];
    try {
      const answer = await onward.send({ ...request, method: "POST", headers });
      return saidBy(answer);
    } catch (error) {
      return { kind: "later", why: (error as Error).message };
    }
  }

  async function setAside(request: KeptRequest, { status, body }: Answer): Promise<boolean> {
    const answer = body.toString("utf8").slice(0, answerLengthMax);
    try {
      await dead.add({ refused_at: new Date(now()).toISOString(), status, answer, request });
    } catch {
      return false;
    }
    options.onDead(request, status);
    return true;
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
  }

  return {
    wake() {
      running ??= run().finally(() => {
        running = undefined;
        if (store.waiting() > 0 && !stopping.signal.aborted) this.wake();
      });
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

type Said =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly answer: Answer }
  | { readonly kind: "later"; readonly why: string; readonly waitMs?: number };

/** Statuses below 500 that pass by themselves. */
const passing = new Set([408, 425, 429]);

/** What an answer says of a request that was acknowledged to its producer already. */
export function saidBy(answer: Answer): Said {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status < 500 && !passing.has(status)) return { kind: "refused", answer };
  const seconds = Number(answer.headers["retry-after"]);
  const waitMs = Math.min(seconds * 1_000, retryAfterMsMax);
  const why = `${status} ${answer.body.toString("utf8").slice(0, 200)}`;
  return { kind: "later", why, ...(seconds > 0 ? { waitMs } : {}) };
}

/** Neighbours that may go at once; a request in order is a group of its own. */
export function groupsOf(requests: readonly KeptRequest[]): KeptRequest[][] {
  const groups: KeptRequest[][] = [];
  let isOpen = false;
  for (const request of requests) {
    if (isOpen && !request.isInOrder) groups.at(-1)?.push(request);
    else groups.push([request]);
    isOpen = !request.isInOrder;
  }
  return groups;
}

function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
