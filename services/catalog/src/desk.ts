import type { Caller, Catalog, CatalogFact } from "@tallybook/catalog";
import { Fenced, LogUnavailable } from "@tallybook/log";
import {
  Problem,
  refuseOthers,
  type Access,
  type CommandDescription,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
} from "@tallybook/service";
import { readBody, type Plain } from "./body.ts";
import { firstTenant } from "./first-facts.ts";
import { createIdempotency, idempotencyHeader, usedOtherwise } from "./idempotency.ts";
import { momentOf, type Moment } from "./moments.ts";
import type { Order } from "./orders/order.ts";
import type { PlacedCuts } from "./placed-cuts.ts";
import { Busy, type Executed, type Registry } from "./registry.ts";
import { changeView } from "./views.ts";

export type Done = Extract<Executed, { kind: "done" }>;

/** A hook that lets in who may use a route. */
type Hooks = { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };

/** Of who may change something: every command takes an Idempotency-Key. */
type CommandHooks = Hooks & { readonly config: { readonly command: CommandDescription } };

/** What all routes of the control plane share: who may ask, and how an order becomes an answer. */
export interface Desk {
  readonly server: HttpServer;
  readonly registry: Registry;
  readonly admins: CommandHooks;
  /** Admins of the first tenant: they run the deployment. */
  readonly operators: CommandHooks;
  readonly readers: Hooks;
  /** Who bills. */
  readonly bookkeepers: CommandHooks;
  catalog(): Catalog;
  callerOf(request: HttpRequest): Caller;
  /**
   * The catalog and the time that a GET asks about by `as_of` and `known_at`; the document has them by `momentQuery`. Throws a Problem
   * (400) for a parameter that the document does not have.
   */
  momentOf(request: HttpRequest): Moment;
  /**
   * Decides, appends, and resolves when whoever asks next sees it; throws the Problem to answer with. A request with an
   * Idempotency-Key that was carried out before gets what it came to, however often and whenever: the answer is to be
   * made of that alone, and what is secret in it is not told twice (`isRepeated`).
   */
  execute(request: HttpRequest, order: Order): Promise<Done>;
  /** Resolves with true once a cut knows the meters, or the backfill, of what was done; with false where that takes too long. */
  inForce(done: Done): Promise<boolean>;
  /** What an order would append if its turn were now; throws the Problem that it would be answered with. */
  foresee(request: HttpRequest, order: Order): readonly CatalogFact[];
  /** The same for what may publish meters, with the answer: it is given when a cut measures by them. */
  applied(request: HttpRequest, reply: HttpReply, order: Order): Promise<HttpReply>;
}

const placedMsMax = 30_000;

/** What the document says of a route with the hooks `operators`. */
export const operatorsOnly = `Only for keys of the tenant ${firstTenant}, which runs the deployment.`;

export function createDesk(
  server: HttpServer,
  {
    registry,
    cuts,
    access,
  }: { readonly registry: Registry; readonly cuts: PlacedCuts; readonly access: Access<Caller> },
): Desk {
  const idempotency = createIdempotency();
  const config = { command: { headers: idempotencyHeader, problems: [409, 422] } };

  async function onlyOfFirstTenant(request: HttpRequest): Promise<void> {
    if (access.callerOf(request).tenant === firstTenant) return;
    const detail = `This concerns the whole deployment: it takes an admin of the tenant ${firstTenant}.`;
    throw new Problem({ status: 403, title: "Forbidden", detail });
  }

  async function execute(request: HttpRequest, order: Order): Promise<Done> {
    const { tenant, api_key } = access.callerOf(request);
    const command = idempotency.next(request);
    const work = () => registry.execute(order, { tenant, actor: api_key }, command);
    const executed = command === undefined ? work() : idempotency.alone(tenant, command, work);
    return doneOf(await executed.catch(throwProblem));
  }

  async function inForce({ facts, offset }: Done): Promise<boolean> {
    const last = facts.findLastIndex(
      ({ kind }) => kind === "MeterPublished" || kind === "BackfillRequested",
    );
    // The facts of one order stand side by side; `offset` is the last one's.
    const behind = facts.length - 1 - last;
    return offset === null || last === -1 || (await cuts.haveSeen(offset - behind, placedMsMax));
  }

  return {
    server,
    registry,
    admins: { onRequest: [access.allow("admin")], config },
    operators: { onRequest: [access.allow("admin"), onlyOfFirstTenant], config },
    readers: { onRequest: [access.allow("analyst", "auditor", "finance", "admin")] },
    bookkeepers: { onRequest: [access.allow("finance", "admin")], config },
    catalog: () => registry.catalog(),
    momentOf(request) {
      refuseOthers(request);
      return momentOf(request, registry);
    },
    callerOf: (request) => access.callerOf(request),
    execute,
    inForce,
    foresee(request, order) {
      const { tenant, api_key } = access.callerOf(request);
      const decided = order(registry.catalog(), { tenant, actor: api_key, now: registry.now() });
      if (decided.kind === "facts") return decided.facts;
      return doneOf(decided).facts;
    },
    async applied(request, reply, order) {
      const done = await execute(request, order);
      const { facts, offset } = done;
      const isInForce = await inForce(done);
      return reply
        .code(isInForce ? 200 : 202)
        .send({ changes: facts.map(changeView), catalog_offset: offset, in_force: isInForce });
    },
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body as JSON whose numbers are texts; without one an empty object. */
export function bodyOf(request: HttpRequest): Plain {
  if (!Buffer.isBuffer(request.body)) return {};
  const read = readBody(textOf(request.body));
  if (read.ok) return read.value;
  throw faulty(read.faults);
}

/** Of bytes that are UTF-8; throws the Problem to answer others with. */
export function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw faulty([{ field: "", reason: "not_utf8", detail: "the body is not UTF-8" }]);
  }
}

export function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}

/** What was looked up; 404 where there is none. */
export function found<Value>(value: Value | undefined, request?: HttpRequest): Value {
  if (value !== undefined) return value;
  const what = request === undefined ? "that" : request.url.split("?")[0];
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no ${what}.` });
}

function doneOf(executed: Executed): Done {
  switch (executed.kind) {
    case "done":
      return executed;
    case "faulty":
      throw faulty(executed.faults);
    case "used_otherwise":
      throw usedOtherwise(executed.key);
    case "not_found":
      throw new Problem({ status: 404, title: "Not Found", detail: executed.detail });
    case "conflict":
      throw new Problem({ status: 409, title: "Conflict", detail: executed.detail });
  }
}

type Faults = Extract<Executed, { kind: "faulty" }>["faults"];

/** 400 with every field that is wrong. */
export function faulty(faults: Faults): Problem {
  const first = faults[0];
  const where = first === undefined || first.field === "" ? "the body" : first.field;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const detail = `${where}: ${first?.detail}${more}`;
  return new Problem({ status: 400, title: "Unfit request", detail, members: { errors: faults } });
}

function throwProblem(error: unknown): never {
  const passing =
    error instanceof Busy || error instanceof LogUnavailable || error instanceof Fenced;
  if (!passing) throw error;
  const detail =
    error instanceof Busy
      ? "Too many orders wait: send it again later."
      : "Kafka did not answer in time. Whether the order took effect is unknown: look, or send it again.";
  const headers = { "retry-after": "1" };
  throw new Problem({ status: 503, title: "Service Unavailable", detail, headers });
}
