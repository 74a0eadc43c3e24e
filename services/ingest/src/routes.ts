import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@tallybook/catalog";
import {
  Problem,
  type Access,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
} from "@tallybook/service";
import type { Folds } from "./folds.ts";
import type { Gatherer } from "./gather.ts";
import {
  batchItemsMax,
  takeBatch,
  takeEvent,
  type Arrival,
  type Fault,
  type Intake,
  type ItemResult,
} from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";

export interface Door {
  readonly access: Access<Caller>;
  readonly folds: Pick<Folds, "now" | "window" | "whyNotReady">;
  readonly gatherer: Pick<Gatherer, "deliver">;
  readonly metrics: IngestMetrics;
  readonly failpoint: (name: "ingest.parsed" | "ingest.produced") => void;
  readonly partitions: number;
}

/** Of one request. */
export const bodyBytesMax = 8 * 1024 * 1024;
/** Bodies of requests that are not answered yet, together. */
const inFlightBytesMax = 64 * 1024 * 1024;

/** `POST /v1/events` and `/v1/events/batch`: a 2xx means that Kafka has acknowledged every item. */
export function addEventRoutes(server: HttpServer, given: Door): void {
  const { access, folds, gatherer, metrics, failpoint } = given;
  const options = { onRequest: [checkReady, access.allow("producer", "admin"), admit] };
  let inFlightBytes = 0;

  async function checkReady(): Promise<void> {
    const why = folds.whyNotReady();
    if (why !== null) throw unavailable(`Not ready: ${why}.`);
  }

  /** Memory is promised before a byte of the body is read. */
  async function admit(request: HttpRequest, reply: HttpReply): Promise<void> {
    const length = Number(request.headers["content-length"] ?? bodyBytesMax);
    const bytes = Math.min(Number.isFinite(length) ? length : bodyBytesMax, bodyBytesMax);
    if (inFlightBytes + bytes > inFlightBytesMax)
      throw unavailable("Too much is on its way: send it again.");
    inFlightBytes += bytes;
    metrics.inFlightBytes(inFlightBytes);
    reply.raw.once("close", () => {
      inFlightBytes -= bytes;
      metrics.inFlightBytes(inFlightBytes);
    });
  }

  function arrivalOf(request: HttpRequest): Arrival {
    const { tenant, api_key } = access.callerOf(request);
    const window = folds.window();
    return { tenant, api_key, received_at: folds.now(), window, partitions: given.partitions };
  }

  async function take(intake: Intake): Promise<readonly ItemResult[]> {
    if (intake.kind === "too_many") {
      const detail = `The batch has ${intake.items} items, at most ${batchItemsMax} are taken: split it.`;
      throw new Problem({ status: 413, title: "Content Too Large", detail });
    }
    failpoint("ingest.parsed");
    if (intake.records.length > 0 && (await gatherer.deliver(intake.records)) === "unavailable") {
      throw unavailable(
        "Kafka did not answer in time: send it again with the same ids, a repeat does not count.",
      );
    }
    failpoint("ingest.produced");
    metrics.taken(intake);
    if (intake.kind === "unreadable")
      throw refused(intake.fault, { results: [], accepted: 0, refused: 0 });
    return intake.results;
  }

  server.post("/v1/events", options, async (request) => {
    const [result] = await take(takeEvent(bodyOf(request), arrivalOf(request)));
    if (result === undefined) throw new Error("an event has no result");
    const { index: _, ...own } = result;
    if (own.status === "refused") throw refused(own, { ...own });
    return own;
  });

  server.post("/v1/events/batch", options, async (request) => {
    const results = await take(takeBatch(bodyOf(request), arrivalOf(request)));
    const firstRefused = results.find((result) => result.status === "refused");
    const refusedCount = results.filter(({ status }) => status === "refused").length;
    const answer = { results, accepted: results.length - refusedCount, refused: refusedCount };
    if (firstRefused !== undefined && answer.accepted === 0) throw refused(firstRefused, answer);
    return answer;
  });
}

/** The bytes as they came, if they are said to be JSON. */
export function parseBody(bytes: Buffer, headers: IncomingHttpHeaders): Buffer {
  const type = headers["content-type"] ?? "";
  if (!/^application\/json *(;|$)/i.test(type) || /charset *= *"?(?!utf-?8)/i.test(type)) {
    throw unsupported("Send JSON: `Content-Type: application/json`.");
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw unsupported(`Send it without Content-Encoding, not ${encoding}.`);
  return bytes;
}

function bodyOf(request: HttpRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function refused(fault: Fault, members: Readonly<Record<string, unknown>>): Problem {
  const { field, reason } = fault;
  const detail = field === null ? fault.detail : `${field}: ${fault.detail}`;
  return new Problem({
    status: 400,
    title: "No event was accepted",
    detail,
    members: { ...members, field, reason },
  });
}

function unavailable(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}

function unsupported(detail: string): Problem {
  return new Problem({ status: 415, title: "Unsupported Media Type", detail });
}
