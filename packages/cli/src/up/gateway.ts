import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { doorsByPath, failureAt, stripeSessionPath } from "@tallybook/usage";
import { Failure } from "../failure.ts";
import { hopHeaders } from "../hop-headers.ts";
import { createFastLane, type FastLane } from "./fast-lane.ts";
import type { Address, ServiceName } from "./services.ts";

export type Gateway = {
  readonly url: string;
  close(): Promise<void>;
};

export type Answer = { readonly status: number; readonly body: unknown };

export type GatewayOptions = {
  /** The address to listen on; loopback unless given. */
  readonly host?: string;
  readonly port: number;
  /** Where a service's instances are: the next is tried where one does not take the connection. */
  readonly addressesOf: (service: ServiceName) => readonly Address[];
  /** What the gateway answers itself, by path. */
  readonly own: Readonly<Record<string, () => Promise<Answer>>>;
};

const loopback = "127.0.0.1";

/** The one address: passes every request on to the service that answers it, bodies streamed in both directions. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: "lifo" });
  const server = createServer({ requestTimeout: 60_000 }, (incoming, outgoing) => {
    const path = (incoming.url ?? "/").split("?", 1)[0] ?? "/";
    const own = Object.hasOwn(options.own, path) ? options.own[path] : undefined;
    if (own) {
      incoming.resume();
      if (incoming.method !== "GET" && incoming.method !== "HEAD") {
        outgoing.setHeader("allow", "GET, HEAD");
        sendProblem(outgoing, 405, `${path} does not take ${incoming.method}, but GET and HEAD`);
        return;
      }
      own().then(
        (answer) => sendJson(outgoing, answer.status, "application/json", answer.body),
        () => sendProblem(outgoing, 500, "the gateway failed to answer"),
      );
      return;
    }
    const service = serviceFor(path, incoming.method ?? "GET");
    if (service === undefined) {
      incoming.resume();
      sendProblem(outgoing, 404, `there is nothing at ${path}`);
      return;
    }
    pass(incoming, outgoing, { agent, service, addresses: options.addressesOf(service) });
  });
  server.on("clientError", refuseUnread);
  const lane = openLane(server, () => options.addressesOf("ingest"));
  await listen(server, options.host ?? loopback, options.port);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      lane.close();
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** Puts the fast lane before the server, which gets the connections on which something else comes. */
function openLane(server: Server, targets: () => readonly Address[]): FastLane {
  const [accept] = server.listeners("connection");
  const lane = createFastLane({
    targets,
    otherwise: (client) => accept?.call(server, client),
    unavailable: () =>
      answerText(503, "ingest does not answer at the moment: send it again.", ["retry-after: 1"]),
  });
  server.removeAllListeners("connection").on("connection", lane.take);
  return lane;
}

/** Which service answers a path; undefined where none does. */
function serviceFor(path: string, method: string): ServiceName | undefined {
  const door = path.replace(/(?<=.)\/$/, "");
  if ((doorsByPath.has(door) || door === stripeSessionPath) && method === "POST") return "ingest";
  if (path === "/v1/doors/try") return "ingest";
  // The schemas, where a schema registry's clients look for them.
  if (path.startsWith("/registry/")) return "catalog";
  if (path.startsWith("/admin/v1/")) return typedServiceFor(path);
  // What OpenMeter's, Lago's and Amberflo's clients ask.
  if (path.startsWith("/api/") || /^\/usage(\/|$)/.test(path)) return "aggregator";
  if (path !== "/v1" && !path.startsWith("/v1/")) return undefined;
  const [, , area, , part] = path.split("/");
  if (area === "usage" || (area === "subscriptions" && part === "usage")) return "aggregator";
  if (area === "why" || area === "rejected") return "aggregator";
  if (area === "conflicts" && part !== "dismissal") return "aggregator";
  if (area === "events") return "ingest";
  if (invoicing.has(area ?? "")) return "invoicer";
  if (area === "subscriptions" && part === "bill") return "invoicer";
  if (area === "markets" && part === "check") return "invoicer";
  if (area === "journal") return "rater";
  return "catalog";
}

const invoicing = new Set([
  "invoices",
  "disputes",
  "payments",
  "credits",
  "notes",
  "holds",
  "receivables",
  "receivables.csv",
  "statements",
  "trial-balance",
  "trial-balance.csv",
  "stripe",
  "webhooks",
]);

/** Of the typed API's paths of its own: invoices are the invoicer's, and so is asking for one. */
function typedServiceFor(path: string): ServiceName {
  const [, , , area, , action] = path.split("/");
  if (area === "invoices" || (area === "subscriptions" && action === "bill")) return "invoicer";
  return "catalog";
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: { agent: Agent; service: ServiceName; addresses: readonly Address[] },
): void {
  const [address, ...others] = target.addresses;
  const onward = request({
    agent: target.agent,
    host: address?.host,
    port: address?.port,
    method: incoming.method,
    path: incoming.url,
    headers: passedOn(incoming.rawHeaders),
  });
  onward.once("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
    answer.pipe(outgoing);
    // A service that died in the middle of its answer: the client must see a broken answer, not a short one.
    answer.once("error", () => outgoing.destroy());
    answer.once("close", () => {
      if (!answer.complete) outgoing.destroy();
    });
  });
  let isBegun = false;
  function begin(): void {
    isBegun = true;
    incoming.pipe(onward);
  }
  // Nothing of the body is read before somebody takes the connection: another instance can still have it.
  onward.once("socket", (socket) => (socket.connecting ? socket.once("connect", begin) : begin()));
  onward.on("error", () => {
    if (!isBegun && others.length > 0 && !outgoing.destroyed) {
      pass(incoming, outgoing, { ...target, addresses: others });
      return;
    }
    // Until the client's body is read to its end it would not see the answer.
    incoming.unpipe(onward).resume();
    if (outgoing.headersSent) return;
    outgoing.setHeader("retry-after", "1");
    sendAway(outgoing, incoming.url ?? "/", target.service);
  });
  outgoing.once("finish", () => {
    if (incoming.readableEnded) return;
    // Answered before the body was read, as a bound does: the rest has no reader any more.
    incoming.unpipe(onward).resume();
    onward.destroy();
  });
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  incoming.once("error", () => onward.destroy());
}

/** Headers as they came, repeated ones too, without those of the hop. */
function passedOn(rawHeaders: readonly string[]): string[] {
  const pairs = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ""]] : [],
  );
  return pairs.filter(([name = ""]) => !hopHeaders.has(name.toLowerCase())).flat();
}

/** What Node answers by itself, without a body: bytes that are no request, or one that never ends. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  const [status, detail] = unread[error.code ?? ""] ?? [400, "this is not an HTTP request"];
  // A connection that has had an answer may be in the middle of another: it only ends.
  if (!socket.writable || (socket as Socket).bytesWritten > 0) return void socket.destroy();
  socket.end(answerText(status, detail));
}

/** A problem as bytes, after which the connection ends. */
function answerText(status: number, detail: string, headers: readonly string[] = []): string {
  const text = `${JSON.stringify(problemOf(status, detail))}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(text)}`,
    ...headers,
    "connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}`;
}

const unread: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not end in time: send it again, faster"],
  HPE_HEADER_OVERFLOW: [431, "the headers are too large: 16 KiB in all"],
};

/** In the words of the path's clients, of whom some take what they cannot read for success. */
function sendAway(outgoing: ServerResponse, url: string, service: ServiceName): void {
  const detail = `${service} does not answer at the moment: send it again.`;
  const own = failureAt(url.split("?", 1)[0] ?? "/", { status: 503, detail });
  if (own === undefined) sendProblem(outgoing, 503, detail);
  else sendJson(outgoing, 503, "application/json", own);
}

function sendProblem(outgoing: ServerResponse, status: number, detail: string): void {
  sendJson(outgoing, status, "application/problem+json", problemOf(status, detail));
}

function problemOf(status: number, detail: string): object {
  return { type: "about:blank", title: STATUS_CODES[status], status, detail };
}

function sendJson(outgoing: ServerResponse, status: number, type: string, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  outgoing.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  outgoing.end(text);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new Failure(`port ${port} is taken: stop what listens there, or say --port N.`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}
