import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import {
  allowedBy,
  backfillsOf,
  doorMappingOf,
  settingsOf,
  subscriptionOf,
  type Caller,
} from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import {
  described,
  Problem,
  queryText,
  unfit,
  type Access,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
  type ProblemDetails,
} from "@tallybook/service";
import {
  batchItemsMax,
  countedResults,
  doorRequest,
  doors,
  doorsByPath,
  enter,
  failureAt,
  receivedAt,
  receivedAtHeader,
  resultOf,
  type Backfill,
  type Door,
  type Fault,
  type Taken,
} from "@tallybook/usage";
import { notInScope } from "./admission.ts";
import type { Folds } from "./folds.ts";
import type { Gatherer } from "./gather.ts";
import { createInflow } from "./inflow.ts";
import { takeSplit, type Arrival, type Intake } from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";
import { describeDoors } from "./schemas.ts";
import { tried, tryPath, tryRoute } from "./try-route.ts";

export interface Given {
  /** Whom a path lets in. */
  readonly accessAt: (path: string) => Access<Caller>;
  readonly folds: Pick<Folds, "catalog" | "now" | "window" | "untilAtBarriers" | "whyNotReady">;
  readonly gatherer: Pick<Gatherer, "deliver">;
  readonly metrics: IngestMetrics;
  readonly failpoint: (name: "ingest.parsed" | "ingest.produced") => void;
  readonly partitions: number;
}

/** Bodies of requests that are not answered yet, together, decompressed. */
const inFlightBytesMax = 64 * 1024 * 1024;

/**
 * Every front door: a 2xx means that Kafka has acknowledged every item, or, while Kafka does not answer, that every item is on
 * the disk, in the spool. So at all of them: many senders send once.
 */
export function addDoorRoutes(server: HttpServer, given: Given): void {
  const { folds, gatherer, metrics, failpoint } = given;
  const inflow = createInflow({ inFlightBytesMax, onInFlight: metrics.inFlightBytes });

  async function checkReady(): Promise<void> {
    const why = folds.whyNotReady();
    if (why !== null) throw unavailable(`Not ready: ${why}.`);
  }

  function arrivalOf(
    request: HttpRequest,
    { door, caller, backfill }: { door: Door; caller: Caller; backfill: Backfill | null },
  ): Arrival {
    const { tenant, api_key } = caller;
    const catalog = folds.catalog();
    return {
      tenant,
      api_key,
      partitions: given.partitions,
      received_at: receivedAtOf(request),
      window: folds.window(),
      allowed: allowedBy(catalog, caller),
      backfill,
      mapping: doorMappingOf(catalog, tenant, door.mappedAs ?? door.name, folds.now()),
      ownerOf: (subscription) => subscriptionOf(catalog, tenant, subscription)?.customer,
    };
  }

  /** Simulated time is nobody's but ours. */
  function receivedAtOf({ headers }: HttpRequest): Micros {
    const now = folds.now();
    const isSimulated = settingsOf(folds.catalog())?.simulated !== false;
    return isSimulated ? now : receivedAt(headers[receivedAtHeader]?.toString(), now);
  }

  /** The open backfill that a request names; throws the Problem (409) to answer with where that is none. */
  async function backfillOf(request: HttpRequest, { tenant }: Caller): Promise<Backfill | null> {
    const name = queryText(request, "backfill");
    if (name === undefined) return null;
    const known = backfillsOf(folds.catalog(), tenant).get(name);
    if (known === undefined)
      throw conflict(`There is no backfill ${name}: ask for it with POST /v1/backfills.`);
    // What lands before the barrier that opens it would be rejected behind our answer.
    if (!(await folds.untilAtBarriers(known.offset)))
      throw conflict(
        `The backfill ${name} is not open yet, its cut is being placed: send the events again in a moment.`,
      );
    if (folds.now() >= known.fact.closes_at)
      throw conflict(`The backfill ${name} is closed: ask for another one.`);
    return { ...known.fact, catalog_offset: known.offset };
  }

  /** What a request holds for its door, and the door. Throws what is to be answered where there is none. */
  async function takenOf(path: string, request: HttpRequest, caller: Caller) {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { raw } = request;
    const headers = withKey(path, request.headers);
    const entered = enter(
      doorRequest({ path, headers, body, distinct: () => raw.headersDistinct }),
    );
    if ("unsupported" in entered) throw unsupported(entered.unsupported);
    const { door, split } = entered;
    const backfill = await backfillOf(request, caller);
    const arrival = arrivalOf(request, { door, caller, backfill });
    return { door, intake: takeSplit(door, split, body, arrival) };
  }

  /** Brings what a request holds to where it is safe, and throws what is to be answered instead of a success. */
  async function deliver(intake: Intake): Promise<Extract<Intake, { readonly kind: "read" }>> {
    if (intake.kind === "too_many") throw tooMany(intake.items);
    failpoint("ingest.parsed");
    if (intake.records.length > 0) {
      const outcome = await gatherer.deliver(intake.records);
      if (outcome === "full" || outcome === "failing") throw unavailable(whyNotKept[outcome]);
    }
    failpoint("ingest.produced");
    metrics.taken(intake);
    if (intake.kind === "unreadable") throw unreadable(intake.fault);
    return intake;
  }

  for (const [path, atPath] of doorsByPath) {
    const bodyBytesMax = Math.max(...atPath.map((door) => door.bodyBytesMax));
    const access = given.accessAt(path);
    const options = {
      bodyLimit: bodyBytesMax,
      onRequest: [checkReady, access.allow("producer", "admin")],
      preParsing: inflow.opening(bodyBytesMax),
    };
    server.post(path, described(options, describeDoors(path, atPath)), async (request, reply) => {
      const { door, intake } = await takenOf(path, request, access.callerOf(request));
      const { taken, isMany } = await deliver(intake);
      return succeed(door, taken, isMany, reply);
    });
  }
  addTryRoute(server, { inflow, checkReady, access: given.accessAt(tryPath), takenOf });
}

/** Says what a door would make of a request, and takes nothing. */
function addTryRoute(
  server: HttpServer,
  given: {
    readonly inflow: ReturnType<typeof createInflow>;
    readonly checkReady: () => Promise<void>;
    readonly access: Access<Caller>;
    readonly takenOf: (
      path: string,
      request: HttpRequest,
      caller: Caller,
    ) => Promise<{ readonly door: Door; readonly intake: Intake }>;
  },
): void {
  const { access, inflow } = given;
  const bodyBytesMax = Math.max(...doors.map((door) => door.bodyBytesMax));
  const options = {
    bodyLimit: bodyBytesMax,
    onRequest: [given.checkReady, access.allow("producer", "admin")],
    preParsing: inflow.opening(bodyBytesMax),
  };
  server.post(tryPath, described(options, tryRoute), async (request) => {
    const path = queryText(request, "path") ?? "";
    if (!doorsByPath.has(path))
      throw unfit("path", `it must be one of ${[...doorsByPath.keys()].join(", ")}`);
    const { door, intake } = await given.takenOf(path, request, access.callerOf(request));
    if (intake.kind === "too_many") throw tooMany(intake.items);
    if (intake.kind === "unreadable") throw unreadable(intake.fault);
    return tried(door, intake);
  });
}

/** Where a door tells events without an id by their request, one without a key is never sent again as the same one. */
function withKey(path: string, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const needs = doorsByPath.get(path)?.some(({ needsKey }) => needsKey === true) === true;
  if (!needs || (headers["idempotency-key"] ?? "") !== "") return headers;
  return { ...headers, "idempotency-key": randomUUID() };
}

/** What is wrong, in the words of a path's clients. */
export function errorBody(path: string, details: ProblemDetails): object | undefined {
  const { status, title, detail = title, members = {} } = details;
  const { field, reason } = members as { readonly field?: string | null; readonly reason?: string };
  return failureAt(path, {
    status,
    detail,
    ...(field === undefined ? {} : { field }),
    ...(reason === undefined ? {} : { reason }),
  });
}

/** What the door's clients take for success, unless nothing was taken. */
function succeed(
  door: Door,
  taken: readonly Taken[],
  isMany: boolean,
  reply: HttpReply,
): object | HttpReply {
  const bad = taken.find((one) => !one.ok);
  if (bad !== undefined && !taken.some(({ ok }) => ok)) {
    const { index: _, ...own } = resultOf(bad);
    throw refused(bad.fault, isMany ? countedResults(taken.map(resultOf)) : own);
  }
  const { status, body } = door.success(taken, isMany);
  return body === null ? reply.code(status).send() : reply.code(status).send(body);
}

/** The bytes as they came: what they are is said by the door. */
export function parseBody(bytes: Buffer): Buffer {
  return bytes;
}

function tooMany(items: number): Problem {
  const detail = `The batch has ${items} items, at most ${batchItemsMax} are taken: split it.`;
  return new Problem({ status: 413, title: "Content Too Large", detail });
}

function unreadable(fault: Fault): Problem {
  return refused(fault, { results: [], accepted: 0, refused: 0 });
}

function refused(fault: Fault, members: object): Problem {
  const { field, reason } = fault;
  const detail = field === null ? fault.detail : `${field}: ${fault.detail}`;
  return new Problem({
    status: reason === notInScope ? 403 : 400,
    title: "No event was accepted",
    detail,
    members: { ...members, field, reason },
  });
}

const again = "send it again with the same ids, a repeat does not count.";
const whyNotKept = {
  full: `Kafka does not answer, and the spool is full: ${again}`,
  failing: `Kafka does not answer, and the disk of the spool takes nothing: ${again}`,
} as const;

function conflict(detail: string): Problem {
  return new Problem({ status: 409, title: "Conflict", detail });
}

function unsupported(detail: string): Problem {
  return new Problem({ status: 415, title: "Unsupported Media Type", detail });
}

function unavailable(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}
