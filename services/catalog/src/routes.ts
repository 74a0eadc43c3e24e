import {
  customerOf,
  customersOf,
  fillsOf,
  keysOf,
  metersAt,
  plansOf,
  settingsOf,
  subscriptionOf,
  type Caller,
  type Catalog,
} from "@tallybook/catalog";
import { Fenced, LogUnavailable } from "@tallybook/log";
import { formatTime } from "@tallybook/periods";
import {
  Problem,
  type Access,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
} from "@tallybook/service";
import { readBody, type Plain } from "./body.ts";
import { firstTenant } from "./first-facts.ts";
import { makeKey } from "./keys.ts";
import {
  advanceClock,
  applyDocument,
  applyOne,
  createApiKey,
  createTenant,
  endSubscription,
  requestCut,
  revokeApiKey,
  setSettings,
  type Order,
  type Section,
} from "./orders.ts";
import type { PlacedCuts } from "./placed-cuts.ts";
import { Busy, type Executed, type Registry } from "./registry.ts";
import {
  apiKeyView,
  changeView,
  customerView,
  meterView,
  planView,
  settingsView,
  subscriptionView,
  versioned,
} from "./views.ts";

const readers = ["analyst", "auditor", "finance", "admin"] as const;
const placedMsMax = 30_000;

type Done = Extract<Executed, { kind: "done" }>;

/** The control plane's API. Bodies come as bytes, see `parseBody`. */
export function addCatalogRoutes(
  server: HttpServer,
  given: {
    readonly registry: Registry;
    readonly cuts: PlacedCuts;
    readonly access: Access<Caller>;
  },
): void {
  const { registry, cuts, access } = given;
  const admins = { onRequest: access.allow("admin") };
  const operators = { onRequest: [access.allow("admin"), onlyOfFirstTenant] };
  const read = { onRequest: access.allow(...readers) };

  async function onlyOfFirstTenant(request: HttpRequest): Promise<void> {
    if (access.callerOf(request).tenant === firstTenant) return;
    const detail = `This concerns the whole deployment: it takes an admin of the tenant ${firstTenant}.`;
    throw new Problem({ status: 403, title: "Forbidden", detail });
  }

  async function execute(request: HttpRequest, order: Order): Promise<Done> {
    const { tenant, api_key } = access.callerOf(request);
    return doneOf(await registry.execute(order, { tenant, actor: api_key }).catch(throwProblem));
  }

  /** A meter measures from the next cut on: who published one is answered when that cut is placed. */
  async function applied(request: HttpRequest, reply: HttpReply, order: Order): Promise<HttpReply> {
    const { facts, offset } = await execute(request, order);
    const lastMeter = facts.findLastIndex(({ kind }) => kind === "MeterPublished");
    // The facts of one order stand side by side; `offset` is the last one's.
    const behind = facts.length - 1 - lastMeter;
    const inForce =
      offset === null || lastMeter === -1 || (await cuts.haveSeen(offset - behind, placedMsMax));
    return reply
      .code(inForce ? 200 : 202)
      .send({ changes: facts.map(changeView), catalog_offset: offset, in_force: inForce });
  }

  const tenantOf = (request: HttpRequest): string => access.callerOf(request).tenant;
  const catalog = (): Catalog => registry.catalog();

  server.post("/v1/apply", admins, (request, reply) =>
    applied(request, reply, applyDocument(bodyOf(request))),
  );
  for (const section of ["meters", "plans", "customers", "subscriptions"] satisfies Section[]) {
    server.post(`/v1/${section}`, admins, (request, reply) =>
      applied(request, reply, applyOne(section, bodyOf(request))),
    );
  }
  server.post("/v1/subscriptions/:id/end", admins, (request, reply) =>
    applied(request, reply, endSubscription(idOf(request), bodyOf(request))),
  );

  server.get("/v1/meters", read, (request) => {
    const meters = [...metersAt(catalog(), tenantOf(request)).values()];
    const fills = fillsOf(catalog(), tenantOf(request));
    return {
      meters: meters.flatMap((versions) =>
        versions.slice(-1).map((version) => meterView(version, fills)),
      ),
    };
  });
  server.get("/v1/meters/:id", read, (request) => {
    const versions = metersAt(catalog(), tenantOf(request)).get(idOf(request));
    const fills = fillsOf(catalog(), tenantOf(request));
    return versioned(found(versions, request).map((version) => meterView(version, fills)));
  });
  server.get("/v1/plans", read, (request) => {
    const plans = [...plansOf(catalog(), tenantOf(request)).values()];
    return { plans: plans.flatMap((versions) => versions.slice(-1).map(planView)) };
  });
  server.get("/v1/plans/:id", read, (request) => {
    const versions = plansOf(catalog(), tenantOf(request)).get(idOf(request));
    return versioned(found(versions, request).map(planView));
  });
  server.get("/v1/customers", read, (request) => ({
    customers: customersOf(catalog(), tenantOf(request)).map(customerView),
  }));
  server.get("/v1/customers/:id", read, (request) =>
    customerView(found(customerOf(catalog(), tenantOf(request), idOf(request)), request)),
  );
  server.get("/v1/subscriptions", read, (request) => {
    const of = catalog().tenants.get(tenantOf(request));
    return { subscriptions: [...(of?.subscriptions.values() ?? [])].map(subscriptionView) };
  });
  server.get("/v1/subscriptions/:id", read, (request) =>
    subscriptionView(found(subscriptionOf(catalog(), tenantOf(request), idOf(request)), request)),
  );

  server.post("/v1/tenants", operators, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await execute(request, createTenant(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "TenantCreated");
    const admin_key = { api_key: stored.api_key, role: "admin", key };
    return reply.code(201).send({ tenant: created?.tenant, name: created?.name, admin_key });
  });
  server.get("/v1/api-keys", admins, (request) => ({
    api_keys: keysOf(catalog(), tenantOf(request)).map(apiKeyView),
  }));
  server.post("/v1/api-keys", admins, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await execute(request, createApiKey(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "ApiKeyCreated");
    return reply.code(201).send({ api_key: stored.api_key, role: created?.role, key });
  });
  server.post("/v1/api-keys/:id/revoke", admins, async (request) => {
    const { offset } = await execute(request, revokeApiKey(idOf(request)));
    return { catalog_offset: offset ?? catalog().offset - 1 };
  });

  server.get("/v1/clock", read, () => ({
    simulated: settingsOf(catalog())?.simulated ?? false,
    time: formatTime(registry.now()),
  }));
  server.post("/v1/clock", operators, async (request, reply) => {
    const { offset } = await execute(request, advanceClock(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset ?? registry.clockOffset() });
  });
  server.post("/v1/cuts", admins, async (request, reply) => {
    const { offset } = await execute(request, requestCut(bodyOf(request)));
    return reply.code(202).send({ catalog_offset: offset });
  });
  server.get("/v1/settings", read, () => settingsView(found(settingsOf(catalog()))));
  server.put("/v1/settings", operators, async (request) => {
    await execute(request, setSettings(bodyOf(request)));
    return settingsView(found(settingsOf(catalog())));
  });
}

/** The bytes as they came: a number's digits are only in the source text. */
export function parseBody(bytes: Buffer): Buffer {
  return bytes;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function bodyOf(request: HttpRequest): Plain {
  if (!Buffer.isBuffer(request.body)) return {};
  const read = readBody(textOf(request.body));
  if (read.ok) return read.value;
  throw faulty(read.faults);
}

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw faulty([{ field: "", reason: "not_utf8", detail: "the body is not UTF-8" }]);
  }
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}

function found<Value>(value: Value | undefined, request?: HttpRequest): Value {
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
    case "not_found":
      throw new Problem({ status: 404, title: "Not Found", detail: executed.detail });
    case "conflict":
      throw new Problem({ status: 409, title: "Conflict", detail: executed.detail });
  }
}

type Faults = Extract<Executed, { kind: "faulty" }>["faults"];

function faulty(faults: Faults): Problem {
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
