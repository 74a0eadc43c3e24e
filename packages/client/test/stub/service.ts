import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { UsageEvent } from "../../src/usage.ts";

/** A service over HTTP that takes batches as the real one does: each id counts once. */
export interface StubService extends AsyncDisposable {
  readonly url: string;
  /** Every event that was accepted, by its id. */
  readonly accepted: ReadonlyMap<string, UsageEvent>;
  /** Ids of every request that came, in their order. */
  readonly requests: readonly (readonly string[])[];
  /** What the next requests are answered with, one after the other, instead of being taken. */
  readonly faults: Fault[];
  /** Resolves when the predicate holds after some request. */
  until(holds: (service: StubService) => boolean): Promise<void>;
}

export type Fault =
  /** A status, with headers. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object }
  /** Nothing: the connection breaks, before the events were taken or after. */
  | "broken"
  | "taken, then broken"
  /** No answer at all. */
  | "silent"
  /** A page of somebody else's. */
  | "a page";

export async function startService(
  refuse: (event: UsageEvent) => boolean = () => false,
): Promise<StubService> {
  const accepted = new Map<string, UsageEvent>();
  const requests: string[][] = [];
  const faults: Fault[] = [];
  const looks = new Set<() => void>();
  const server = createServer((request, reply) => void answer(request, reply));

  async function answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const { events } = JSON.parse(await text(request)) as { events: UsageEvent[] };
    requests.push(events.map(({ id }) => id));
    respond(reply, faults.shift(), events);
    for (const look of looks) look();
  }

  function respond(reply: ServerResponse, fault: Fault | undefined, events: UsageEvent[]): void {
    switch (fault) {
      case undefined:
        return take(reply, events);
      case "taken, then broken":
        for (const event of events) accepted.set(event.id, event);
        return void reply.destroy();
      case "broken":
        return void reply.destroy();
      case "silent":
        return;
      case "a page":
        return void reply.end("<h1>welcome</h1>");
      default:
        reply.writeHead(fault.status, fault.headers).end(JSON.stringify(fault.body ?? {}));
    }
  }

  function take(reply: ServerResponse, events: UsageEvent[]): void {
    const results = events.map((event, index) => {
      if (refuse(event))
        return { index, id: event.id, status: "refused", field: "time", reason: "too_old" };
      accepted.set(event.id, event);
      return { index, id: event.id, status: "accepted" };
    });
    const isTaken = results.some(({ status }) => status === "accepted");
    reply.writeHead(isTaken ? 200 : 400).end(JSON.stringify({ results }));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const service: StubService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted,
    requests,
    faults,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(service)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return service;
}
