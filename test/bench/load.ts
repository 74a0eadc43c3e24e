import { Agent, request } from "node:http";

import type { Deployment } from "@tallybook/cli";

/** How to send: `batch` events a request, over so many connections. */
export interface Load {
  readonly name: string;
  readonly events: number;
  readonly batch: number;
  readonly connections: number;
}

export interface Sent {
  readonly seconds: number;
  /** Milliseconds from a request to its answer. */
  readonly p50: number;
  readonly p99: number;
}

const customers = 10_000;

/** Sends events over keep-alive connections as fast as they are answered. Throws at the first answer that is not 200. */
export async function send(target: Deployment, load: Load, time: string): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const latencies: number[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < load.events) {
      const first = next;
      next += load.batch;
      const events = Array.from({ length: load.batch }, (_, at) =>
        eventOf(load.name, first + at, time),
      );
      const [path, body] =
        load.batch === 1 ? ["/v1/events", events[0]] : ["/v1/events/batch", events];
      const begun = performance.now();
      await post(new URL(path, target.url), target.key, JSON.stringify(body), agent);
      latencies.push(performance.now() - begun);
    }
  }
  const begun = performance.now();
  await Promise.all(Array.from({ length: load.connections }, work));
  const seconds = (performance.now() - begun) / 1_000;
  agent.destroy();
  latencies.sort((one, other) => one - other);
  return { seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

/** One event, for measuring how fresh the columns are. */
export function sendOne(target: Deployment, id: string, time: string): Promise<void> {
  const body = JSON.stringify({ ...eventOf("one", 0, time), id });
  return post(new URL("/v1/events", target.url), target.key, body, undefined);
}

function eventOf(run: string, index: number, time: string): object {
  return {
    id: `${run}-${index}`,
    type: "llm.completion",
    customer: `c-${index % customers}`,
    time,
    properties: {
      model: `m-${index % 8}`,
      input_token_count: 800 + (index % 400),
      output_token_count: 150 + (index % 200),
      request_id: `r-${index}`,
    },
  };
}

function post(url: URL, key: string, body: string, agent: Agent | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const sent = request(url, { method: "POST", headers, ...(agent && { agent }) }, (answer) => {
      answer.resume();
      answer.on("end", () =>
        answer.statusCode === 200
          ? resolve()
          : reject(new Error(`${url.pathname} answers ${answer.statusCode}`)),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
