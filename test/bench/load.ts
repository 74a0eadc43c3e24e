import type { Deployment } from "@tallybook/cli";

import { openConnection } from "./connection.ts";

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
  const latencies: number[] = [];
  let next = 0;
  const url = new URL(target.url);
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => openConnection(url, target.key)),
  );
  const begun = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < load.events) {
        const first = next;
        next += load.batch;
        const events = Array.from({ length: load.batch }, (_, at) =>
          eventOf(load.name, first + at, time),
        );
        const [path, body] =
          load.batch === 1 ? ["/v1/events", events[0]] : ["/v1/events/batch", events];
        const sent = performance.now();
        await connection.post(path, JSON.stringify(body));
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  for (const connection of connections) connection.close();
  latencies.sort((one, other) => one - other);
  return { seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

/** One event, for measuring how fresh the columns are. */
export async function sendOne(target: Deployment, id: string, time: string): Promise<void> {
  const connection = await openConnection(new URL(target.url), target.key);
  await connection.post("/v1/events", JSON.stringify({ ...eventOf("one", 0, time), id }));
  connection.close();
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

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
