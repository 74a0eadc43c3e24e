import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "@tallybook/cli";

/** Senders that go on until they are stopped, and know of each event whether it was acknowledged. */
export type Load = {
  /** Ids of events that were answered with 200. */
  readonly acknowledged: ReadonlySet<string>;
  /** Ids of all events that were ever sent. */
  readonly sent: ReadonlySet<string>;
  /** How often an answer other than 200 came, by status; 0: none came at all. */
  readonly refusals: ReadonlyMap<number, number>;
  /** The longest that an answer took, in milliseconds. */
  slowestMs(): number;
  stop(): Promise<void>;
};

/** After an answer other than 200, in milliseconds. */
const refusedPauseMs = 50;

/** Each sender sends once and goes on with the next, as many clients do; every other one sends batches of ten. */
export function beginLoad(
  target: Deployment,
  given: {
    readonly senders: number;
    readonly time: string;
    readonly padding?: number;
    readonly pauseMs?: number;
  },
): Load {
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  const refusals = new Map<number, number>();
  const padding = "x".repeat(given.padding ?? 0);
  let next = 0;
  let slowest = 0;
  let isStopping = false;

  function newEvent(): { readonly id: string } {
    next += 1;
    const id = `load-${next}`;
    sent.add(id);
    const properties = { model: "large", input_token_count: 10, output_token_count: 1, padding };
    return { id, type: "llm.completion", customer: "c-1", time: given.time, properties } as {
      id: string;
    };
  }

  async function work(sender: number): Promise<void> {
    while (!isStopping) {
      const events = Array.from({ length: sender % 2 === 0 ? 1 : 10 }, newEvent);
      const [path, body] =
        sender % 2 === 0 ? ["/v1/events", events[0]] : ["/v1/events/batch", events];
      const begun = performance.now();
      const status = await post(target, path, body);
      slowest = Math.max(slowest, performance.now() - begun);
      if (status === 200) for (const { id } of events) acknowledged.add(id);
      else refusals.set(status, (refusals.get(status) ?? 0) + 1);
      await sleep(status === 200 ? (given.pauseMs ?? 5) : refusedPauseMs);
    }
  }

  const working = Promise.all(Array.from({ length: given.senders }, (_, at) => work(at)));
  return {
    acknowledged,
    sent,
    refusals,
    slowestMs: () => slowest,
    async stop() {
      isStopping = true;
      await working;
    },
  };
}

async function post(target: Deployment, path: string, body: unknown): Promise<number> {
  try {
    const answer = await fetch(new URL(path, target.url), {
      method: "POST",
      headers: { authorization: `Bearer ${target.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
