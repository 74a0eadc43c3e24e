import { allowedBy, backfillsOf, type Caller } from "@tallybook/catalog";
import {
  described,
  Problem,
  queryText,
  type Access,
  type HttpRequest,
  type HttpServer,
} from "@tallybook/service";
import type { Backfill } from "@tallybook/usage";
import { notInScope } from "./admission.ts";
import type { Folds } from "./folds.ts";
import { formOf, type EventPath, type Form } from "./forms.ts";
import type { Gatherer } from "./gather.ts";
import { createInflow } from "./inflow.ts";
import {
  batchItemsMax,
  takeBatch,
  takeEvent,
  takeEventInHeaders,
  takeLines,
  type Arrival,
  type Door,
  type Fault,
  type Intake,
  type ItemResult,
} from "./intake.ts";
import type { IngestMetrics } from "./metrics.ts";
import { eventRoutes } from "./schemas.ts";

export interface Given {
  readonly access: Access<Caller>;
  readonly folds: Pick<Folds, "catalog" | "now" | "window" | "untilAtBarriers" | "whyNotReady">;
  readonly gatherer: Pick<Gatherer, "deliver">;
  readonly metrics: IngestMetrics;
  readonly failpoint: (name: "ingest.parsed" | "ingest.produced") => void;
  readonly partitions: number;
}

/** Of one request, decompressed. */
export const bodyBytesMax = 8 * 1024 * 1024;
/** Bodies of requests that are not answered yet, together. */
const inFlightBytesMax = 64 * 1024 * 1024;

/**
 * `POST /v1/events` and `/v1/events/batch`: a 2xx means that Kafka has acknowledged every item, or, while Kafka does not
 * answer, that every item is on the disk, in the spool. So at both doors: many senders send once.
 */
export function addEventRoutes(server: HttpServer, given: Given): void {
  const { access, folds, gatherer, metrics, failpoint } = given;
  const inflow = createInflow({
    bodyBytesMax,
    inFlightBytesMax,
    onInFlight: metrics.inFlightBytes,
  });
  const options = {
    onRequest: [checkReady, access.allow("producer", "admin")],
    preParsing: inflow.open,
  };

  async function checkReady(): Promise<void> {
    const why = folds.whyNotReady();
    if (why !== null) throw unavailable(`Not ready: ${why}.`);
  }

  function arrivalOf(request: HttpRequest, door: Door, backfill: Backfill | null): Arrival {
    const caller = access.callerOf(request);
    const { tenant, api_key } = caller;
    const { partitions } = given;
    const allowed = allowedBy(folds.catalog(), caller);
    const known = { received_at: folds.now(), window: folds.window(), allowed };
    return { tenant, api_key, partitions, door, ...known, backfill };
  }

  /** The open backfill that a request names; throws the Problem (409) to answer with where that is none. */
  async function backfillOf(request: HttpRequest): Promise<Backfill | null> {
    const name = queryText(request, "backfill");
    if (name === undefined) return null;
    const { tenant } = access.callerOf(request);
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

  function intakeOf(form: Form, request: HttpRequest, backfill: Backfill | null): Intake {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const door = form.startsWith("cloudevent") ? "cloudevents" : "native";
    const arrival = arrivalOf(request, door, backfill);
    switch (form) {
      case "event":
      case "cloudevent":
        return takeEvent(body, arrival);
      case "cloudevent_in_headers":
        return takeEventInHeaders(request.raw.headersDistinct, body, arrival);
      case "batch":
      case "cloudevent_batch":
        return takeBatch(body, arrival);
      case "lines":
        return takeLines(body, arrival);
    }
  }

  async function take(intake: Intake): Promise<readonly ItemResult[]> {
    if (intake.kind === "too_many") {
      const detail = `The batch has ${intake.items} items, at most ${batchItemsMax} are taken: split it.`;
      throw new Problem({ status: 413, title: "Content Too Large", detail });
    }
    failpoint("ingest.parsed");
    if (intake.records.length > 0) {
      const outcome = await gatherer.deliver(intake.records);
      if (outcome === "full" || outcome === "failing") throw unavailable(whyNotKept[outcome]);
    }
    failpoint("ingest.produced");
    metrics.taken(intake);
    if (intake.kind === "unreadable")
      throw refused(intake.fault, { results: [], accepted: 0, refused: 0 });
    return intake.results;
  }

  for (const path of ["/v1/events", "/v1/events/batch"] satisfies EventPath[]) {
    server.post(path, described(options, eventRoutes[path]), async (request) => {
      const form = formOf(path, request.headers);
      const backfill = await backfillOf(request);
      const results = await take(intakeOf(form, request, backfill));
      return formsOfMany.has(form) ? answerMany(results) : answerOne(results);
    });
  }
}

const formsOfMany: ReadonlySet<Form> = new Set(["batch", "cloudevent_batch", "lines"]);

function answerOne([result]: readonly ItemResult[]): object {
  if (result === undefined) throw new Error("an event has no result");
  const { index: _, ...own } = result;
  if (own.status === "refused") throw refused(own, { ...own });
  return own;
}

function answerMany(results: readonly ItemResult[]): object {
  const firstRefused = results.find((result) => result.status === "refused");
  const refusedCount = results.filter(({ status }) => status === "refused").length;
  const answer = { results, accepted: results.length - refusedCount, refused: refusedCount };
  if (firstRefused !== undefined && answer.accepted === 0) throw refused(firstRefused, answer);
  return answer;
}

/** The bytes as they came: what they are is said by the form. */
export function parseBody(bytes: Buffer): Buffer {
  return bytes;
}

function refused(fault: Fault, members: Readonly<Record<string, unknown>>): Problem {
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

function unavailable(detail: string): Problem {
  const headers = { "retry-after": "1" };
  return new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}
