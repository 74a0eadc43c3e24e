import { webhookEndpointOf, webhookEndpointsOf } from "@tallybook/catalog";
import type { Caller, Catalog, StandingEndpoint } from "@tallybook/catalog";
import { endpointKey } from "@tallybook/invoice";
import type {
  Delivery,
  EndpointDeliveries,
  InvoicesFact,
  QueuedMessage,
  Webhooks,
} from "@tallybook/invoice";
import { formatTime, parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, pageOf, Problem, queryText, refuseOthers, unfit } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import { readerOf } from "../body.ts";
import type { WebhookOrders } from "./orders.ts";
import type { Secrets } from "./secrets.ts";
import { hasAskedFor, toldOf } from "./told.ts";
import { webhookRoutes } from "./webhook-schemas.ts";

export interface WebhookDesk {
  readonly access: Access<Caller>;
  readonly catalog: () => Catalog;
  /** Undefined until the courier has read it. */
  readonly webhooks: () => Webhooks | undefined;
  readonly orders: Pick<WebhookOrders, "place">;
  /** Undefined where the deployment has no key for them. */
  readonly secrets: Secrets | undefined;
  /** All facts of `invoices` with their offsets. */
  readonly invoices: () => AsyncIterable<{ readonly offset: number; readonly fact: InvoicesFact }>;
  /** The deployment's clock. */
  readonly now: () => Micros;
  /** The wall clock. */
  readonly wallNow: () => Micros;
}

const replayedMax = 10_000;
const hour = 3_600_000_000;

/** `/v1/webhooks`: whether endpoints are served, their secrets, what became of messages, and sending them again. */
export function addWebhookRoutes(server: HttpServer, desk: WebhookDesk): void {
  const { access, orders, wallNow } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("auditor", "finance", "admin") };
  const admins = { onRequest: access.allow("admin") };

  server.get("/v1/webhooks/endpoints", described(readers, webhookRoutes.endpoints), (request) => {
    const webhooks = known(desk);
    return {
      endpoints: endpointsOf(desk, request).map((each) => endpointView(desk, each, webhooks)),
    };
  });

  const makes = described(admins, webhookRoutes.secret);
  server.post("/v1/webhooks/endpoints/:id/secret", makes, async (request, reply) => {
    refuseOthers(request);
    const overlap = overlapIn(request);
    const { tenant, endpoint } = endpointOf(desk, request);
    const { secrets } = desk;
    if (secrets === undefined) throw conflict(withoutKey);
    const { api_key: actor } = access.callerOf(request);
    let secret = "";
    const [fact] = await orders.place((webhooks) => {
      const asked = { tenant, endpoint, actor, issued_at: wallNow(), overlap };
      const next = secrets.next(webhooks, asked);
      secret = next.secret;
      return [next.issued];
    });
    if (fact?.kind !== "WebhookSecretIssued") throw new Error("a secret without its fact");
    const { number, previous_until } = fact;
    return reply
      .code(201)
      .header("cache-control", "no-store")
      .send({ endpoint, number, secret, previous_until: timeOrNull(previous_until) });
  });

  server.get("/v1/webhooks/deliveries", described(readers, webhookRoutes.deliveries), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const endpoint = queryText(request, "endpoint");
    const status = statusIn(request);
    const all = [...known(desk).byEndpoint.values()]
      .filter((of) => of.tenant === tenant && (endpoint ?? of.endpoint) === of.endpoint)
      .flatMap(({ byOffset }) => [...byOffset.values()])
      .toSorted((one, other) => one.offset - other.offset);
    const { items, next } = pageOf(
      request,
      all,
      ({ message }) => message,
      (delivery) => (status ?? delivery.status) === delivery.status,
    );
    return { deliveries: items.map(deliveryView), next };
  });

  const again = described(may, webhookRoutes.replay);
  server.post("/v1/webhooks/deliveries/:id/replay", again, async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const delivery = deliveryOf(known(desk), tenant, idOf(request));
    const { endpoint, offset, type, object } = delivery;
    await orders.place(() => {
      const messages = [{ offset, type, object }];
      const requested_at = wallNow();
      return [{ kind: "WebhooksReplayed", tenant, endpoint, messages, actor, requested_at }];
    });
    return reply.code(202).send(deliveryView(deliveryOf(known(desk), tenant, idOf(request))));
  });

  const ranges = described(may, webhookRoutes.replayRange);
  server.post("/v1/webhooks/endpoints/:id/replay", ranges, async (request, reply) => {
    const endpoint = endpointOf(desk, request);
    const { tenant, endpoint: id } = endpoint;
    const range = readRange(request.body);
    const of = known(desk).byEndpoint.get(endpointKey(tenant, id));
    const messages = await toldBetween(desk, endpoint, range, of);
    const { api_key: actor } = access.callerOf(request);
    if (messages.length > 0)
      await orders.place(() => repeatedFacts({ tenant, endpoint: id, actor }, messages, wallNow()));
    return reply.code(202).send({ endpoint: id, messages: messages.length });
  });
}

/** What of a tenant's facts an endpoint is told of and lies in a range. Throws a Problem (409) where it is too much for one request. */
async function toldBetween(
  desk: WebhookDesk,
  endpoint: StandingEndpoint,
  { since, until, status }: Range,
  of: EndpointDeliveries | undefined,
): Promise<QueuedMessage[]> {
  const messages: QueuedMessage[] = [];
  const catalog = desk.catalog();
  for await (const { fact, offset } of desk.invoices()) {
    const event = fact.tenant === endpoint.tenant ? toldOf(fact, catalog) : undefined;
    if (event === undefined || event.at < since || event.at >= until) continue;
    const { type, object } = event;
    if (!hasAskedFor(endpoint, type)) continue;
    if (status === "dead" && of?.byOffset.get(offset)?.status !== "dead") continue;
    messages.push({ offset, type, object });
    if (messages.length > replayedMax)
      throw conflict(`There are more than ${replayedMax} messages in it: ask for less at once.`);
  }
  return messages;
}

const messagesOfFact = 1_000;

function repeatedFacts(
  of: { readonly tenant: string; readonly endpoint: string; readonly actor: string },
  messages: readonly QueuedMessage[],
  requested_at: Micros,
) {
  const chunks = Array.from({ length: Math.ceil(messages.length / messagesOfFact) }, (_, at) =>
    messages.slice(at * messagesOfFact, (at + 1) * messagesOfFact),
  );
  return chunks.map((some) => ({
    kind: "WebhooksReplayed" as const,
    ...of,
    messages: some,
    requested_at,
  }));
}

interface Range {
  readonly since: Micros;
  readonly until: Micros;
  readonly status: "dead" | undefined;
}

function readRange(body: unknown): Range {
  const read = readerOf(body, ["since", "until", "status"]);
  const timeIn = (name: string): Micros => {
    const value = read.value(name);
    const at = typeof value === "string" ? parseTime(value) : undefined;
    if (at === undefined)
      read.refuse(name, "give a time with its zone, such as 2023-11-01T00:00:00Z");
    return at ?? 0;
  };
  const [since, until] = [timeIn("since"), timeIn("until")];
  const status = read.value("status");
  if (status !== undefined && status !== "dead")
    read.refuse("status", "it is dead, or left out for all");
  read.done();
  return { since, until, status: status === "dead" ? status : undefined };
}

function endpointsOf({ access, catalog, now }: WebhookDesk, request: HttpRequest) {
  return webhookEndpointsOf(catalog(), access.callerOf(request).tenant, now());
}

function endpointOf({ access, catalog, now }: WebhookDesk, request: HttpRequest): StandingEndpoint {
  const { tenant } = access.callerOf(request);
  const endpoint = idOf(request);
  const found = webhookEndpointOf(catalog(), { tenant, endpoint }, now());
  if (found !== undefined) return found;
  throw notFound(`There is no endpoint ${endpoint}.`);
}

function deliveryOf({ byEndpoint }: Webhooks, tenant: string, message: string): Delivery {
  for (const of of byEndpoint.values()) {
    if (of.tenant !== tenant) continue;
    for (const delivery of of.byOffset.values()) if (delivery.message === message) return delivery;
  }
  throw notFound(`There is no message ${message} any more: replay its endpoint by time.`);
}

function endpointView(
  { secrets, wallNow }: WebhookDesk,
  standing: StandingEndpoint,
  webhooks: Webhooks,
): object {
  const { tenant, endpoint, url, events, version, archived } = standing;
  const of = webhooks.byEndpoint.get(endpointKey(tenant, endpoint));
  const newest = of?.secrets[0];
  const statuses = [...(of?.byOffset.values() ?? [])].map(({ status }) => status);
  const waits_for = waitsFor();
  function waitsFor(): "archive" | "change" | "secret" | "key" | null {
    if (archived) return "archive";
    if (version <= (of?.goneVersion ?? 0)) return "change";
    if (secrets === undefined) return "key";
    if (of === undefined || newest === undefined) return "secret";
    return secrets.at(of, wallNow()) === undefined ? "key" : null;
  }
  return {
    endpoint,
    url,
    events,
    sends: waits_for === null,
    waits_for,
    secret:
      newest === undefined
        ? null
        : {
            number: newest.number,
            issued_at: formatTime(newest.issued_at),
            previous_until: timeOrNull(newest.previous_until),
          },
    pending: statuses.filter((status) => status === "pending").length,
    dead: statuses.filter((status) => status === "dead").length,
  };
}

function deliveryView(of: Delivery): object {
  const { message, endpoint, type, object, status, attempts, last, next_at } = of;
  return {
    message,
    endpoint,
    type,
    object,
    status,
    attempts,
    last: last && { ...last, attempted_at: formatTime(last.attempted_at) },
    next_at: next_at === 0 ? null : formatTime(next_at),
  };
}

const withoutKey =
  "The deployment has no key for secrets: set WEBHOOK_KEY_FILE of the invoicer to a file with 32 random bytes or more.";

function known({ webhooks }: WebhookDesk): Webhooks {
  const found = webhooks();
  if (found !== undefined) return found;
  throw new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: "What became of webhooks is still being read: ask again.",
    headers: { "retry-after": "1" },
  });
}

const overlapMax = 720;

/** Micros. */
function overlapIn(request: HttpRequest): Micros {
  const given = queryText(request, "overlap") ?? "24";
  const hours = /^\d{1,3}$/.test(given) ? Number(given) : Number.NaN;
  if (hours <= overlapMax) return hours * hour;
  throw unfit("overlap", `it must be a whole number of hours, 0 to ${overlapMax}`);
}

function statusIn(request: HttpRequest): Delivery["status"] | undefined {
  const given = queryText(request, "status");
  const status = statuses.find((each) => each === given);
  if (given === status) return status;
  throw unfit("status", `it must be one of ${statuses.join(", ")}`);
}

const statuses = ["pending", "delivered", "dead"] as const;

function timeOrNull(at: Micros | null): string | null {
  return at === null ? null : formatTime(at);
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}

function conflict(detail: string): Problem {
  return new Problem({ status: 409, title: "Conflict", detail });
}

function notFound(detail: string): Problem {
  return new Problem({ status: 404, title: "Not Found", detail });
}
