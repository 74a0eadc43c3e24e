import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDiskStore } from "@tallybook/client";
import { Failure } from "../failure.ts";
import { openDeadFolder } from "./dead.ts";
import { doorAt, enterSpool, failureOf, type SpoolAnswer } from "./entrance.ts";
import { createForwarder, underWayMax } from "./forwarder.ts";
import { headersKept, textOf, type KeptRequest } from "./kept.ts";
import { createOnward } from "./onward.ts";

export interface Spooler {
  readonly url: string;
  /** Takes nothing more, and leaves what is not forwarded for the next run. */
  close(): Promise<void>;
}

export interface SpoolerOptions {
  /** Of the deployment. */
  readonly to: URL;
  readonly host: string;
  readonly port: number;
  /** Of this spooler alone. */
  readonly folder: string;
  /** On the disk, and as much again of what is set aside. */
  readonly bytesMax: number;
  readonly remark: (line: string) => void;
}

/** What waits for its disk or its answer, together. */
const inFlightBytesMax = 128 * 1024 * 1024;
const bodyBytesMax = 32 * 1024 * 1024;
const keptMsMax = 5_000;
const deadLookMs = 1_000;
const troubleEveryMs = 10_000;

/** Where what a spooler set aside is, in its folder. */
export function deadFolderIn(folder: string): string {
  return path.join(folder, "dead");
}

/**
 * Takes the requests of producers for a deployment, has them on the disk before it answers, and forwards them until they are
 * acknowledged. What is no front door's it passes on while the producer waits.
 */
export async function openSpooler(options: SpoolerOptions): Promise<Spooler> {
  const { folder, bytesMax, remark } = options;
  let trouble = { at: 0, unsaid: 0 };
  const store = await openDiskStore({
    folder,
    bytesMax,
    onTrouble: (error) => remark(`the disk of the spool: ${(error as Error).message}`),
  });
  const dead = openDeadFolder(deadFolderIn(folder));
  const onward = createOnward(options.to, 2 * underWayMax);
  const forwarder = createForwarder({
    store,
    dead,
    onward,
    now: Date.now,
    onTrouble(why) {
      trouble.unsaid += 1;
      if (Date.now() - trouble.at < troubleEveryMs) return;
      remark(`${store.waiting()} requests wait: ${why}`);
      trouble = { at: Date.now(), unsaid: 0 };
    },
    onDead(request, status) {
      remark(`${request.path} of ${request.at} is set aside: it is answered with ${status}`);
    },
  });
  const room = createRoom();
  let deadBytes = { at: 0, bytes: 0 };

  function isDeadFull(): boolean {
    if (Date.now() - deadBytes.at > deadLookMs) deadBytes = { at: Date.now(), bytes: dead.bytes() };
    return deadBytes.bytes >= bytesMax;
  }

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = incoming.url ?? "/";
    if (incoming.method === "GET" && url === "/spool") return send(outgoing, stateAnswer());
    const fail = (status: number, detail: string): void =>
      send(outgoing, failureOf(doorAt(url), { status, detail }));
    const body = await bodyOf(incoming, room);
    if (typeof body === "string") return fail(body === "too_large" ? 413 : 503, whyNoBody[body]);
    try {
      const { rawHeaders } = incoming;
      const now = Date.now();
      const entrance =
        incoming.method === "POST"
          ? enterSpool({ path: url, rawHeaders, body, now, newKey: randomUUID })
          : ({ kind: "pass" } as const);
      if (entrance.kind === "pass") return await passOn(incoming, body, outgoing, fail);
      if (entrance.kind === "answer") return send(outgoing, entrance.answer);
      const why = await keep(entrance.request);
      if (why !== undefined) return fail(503, why);
      send(outgoing, entrance.answer);
    } finally {
      room.leave(body.length);
    }
  }

  /** Undefined once it is on the disk, else why it is not. */
  async function keep(request: KeptRequest): Promise<string | undefined> {
    if (isDeadFull())
      return `The spool is full of requests that the deployment refuses: look at \`tally spool --dead\`.`;
    if (!store.put(textOf(request)))
      return `The spool is full: ${store.waiting()} requests wait in ${bytesMax} bytes. Send it again later.`;
    const isKept = store.kept().then(() => true);
    const late = sleep(keptMsMax, false, { ref: false });
    const inTime = await Promise.race([isKept, late]);
    forwarder.wake();
    return inTime ? undefined : "The disk of the spool takes nothing: send it again later.";
  }

  async function passOn(
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    fail: (status: number, detail: string) => void,
  ): Promise<void> {
    const { method = "GET", url = "/", rawHeaders } = incoming;
    try {
      const answer = await onward.send({
        method,
        path: url,
        headers: headersKept(rawHeaders),
        body,
      });
      const headers = Object.entries(answer.headers).filter(([name]) => !unpassed.has(name));
      outgoing.writeHead(answer.status, Object.fromEntries(headers) as Record<string, string>);
      outgoing.end(answer.body);
    } catch (error) {
      fail(503, `The deployment does not answer: ${(error as Error).message}.`);
    }
  }

  function stateAnswer(): SpoolAnswer {
    const body = { waiting: store.waiting(), dead: dead.count() };
    return { status: 200, type: "application/json", body };
  }

  const server = createServer((incoming, outgoing) => {
    take(incoming, outgoing).catch((error: unknown) => {
      remark(`${incoming.method} ${incoming.url}: ${(error as Error).message}`);
      if (outgoing.headersSent) outgoing.destroy();
      else send(outgoing, failureOf(undefined, { status: 500, detail: "the spooler failed" }));
    });
  });
  await listen(server, options);
  // What an earlier run left.
  forwarder.wake();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await forwarder.close();
      await closed;
      onward.close();
      await store.close();
    },
  };
}

/** Of an answer whose body was read whole. */
const unpassed = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

const whyNoBody = {
  too_large: `A body has at most ${bodyBytesMax} bytes: split it.`,
  no_room: "Too much is on its way at once: send it again.",
  broken: "The body broke off: send it again.",
} as const;

interface Room {
  enter(bytes: number): boolean;
  leave(bytes: number): void;
}

/** The memory for bodies. */
function createRoom(): Room {
  let bytes = 0;
  return {
    enter(more) {
      if (bytes + more > inFlightBytesMax) return false;
      bytes += more;
      return true;
    },
    leave(fewer) {
      bytes -= fewer;
    },
  };
}

async function bodyOf(
  incoming: IncomingMessage,
  room: Room,
): Promise<Buffer | keyof typeof whyNoBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const without = (why: keyof typeof whyNoBody) => {
    room.leave(bytes);
    // The client reads its answer only when it has sent all.
    incoming.resume();
    return why;
  };
  try {
    for await (const chunk of incoming.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      if (bytes + chunk.length > bodyBytesMax) return without("too_large");
      if (!room.enter(chunk.length)) return without("no_room");
      bytes += chunk.length;
      chunks.push(chunk);
    }
  } catch {
    return without("broken");
  }
  return Buffer.concat(chunks);
}

function send(outgoing: ServerResponse, { status, type, body }: SpoolAnswer): void {
  if (body === null) return void outgoing.writeHead(status).end();
  const text = JSON.stringify(body);
  const headers = {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    ...(status === 503 ? { "retry-after": "1" } : {}),
  };
  outgoing.writeHead(status, headers).end(text);
}

function listen(
  server: Server,
  { host, port }: Pick<SpoolerOptions, "host" | "port">,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Failure(`port ${port} is taken: stop what listens there, or say --port N.`)
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
}
