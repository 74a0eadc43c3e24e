import { keysOf, type ApiKey } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  optionFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, operatorsOnly, type Desk, type Done } from "../desk.ts";
import { makeKey } from "../keys.ts";
import { listQuery } from "../listed.ts";
import { momentQuery, notYet } from "../moments.ts";
import { createApiKey, createTenant, revokeApiKey, roles, rotateApiKey } from "../orders/keys.ts";
import { noted } from "../schemas/common.ts";
import {
  apiKey,
  apiKeyInput,
  newApiKey,
  newTenant,
  rotation,
  tenantInput,
} from "../schemas/keys.ts";
import { apiKeyView } from "../views.ts";

const tag = "Tenants and keys";

const keyFilters: Filters<ReturnType<typeof apiKeyView>> = {
  role: optionFilter("Of that role.", roles, ({ role }) => role),
  revoked: flagFilter("What is revoked, or what is not.", ({ revoked }) => revoked),
};

/** Tenants and their API keys. */
export function addKeyRoutes(desk: Desk): void {
  const { server, admins, operators } = desk;
  const addsTenant = described(operators, {
    summary: "Adds a tenant with its first admin key",
    about: operatorsOnly,
    tag,
    body: tenantInput,
    answers: { 201: newTenant },
  });
  const lists = described(admins, {
    summary: "Lists the API keys, without what is secret",
    tag,
    query: listQuery(keyFilters),
    answers: { 200: output({ api_keys: listOf(apiKey), next: nextPage }) },
  });
  const gets = described(admins, {
    summary: "Gets an API key, without what is secret",
    tag,
    query: momentQuery,
    answers: { 200: apiKey },
  });
  const makes = described(admins, {
    summary: "Makes an API key",
    tag,
    body: apiKeyInput,
    answers: { 201: newApiKey },
  });
  const rotates = described(admins, {
    summary: "Makes a key in place of another, which stays valid for a while",
    about:
      "The new key may do what the old one may. The old one is valid for a day unless a time is given.",
    tag,
    body: rotation,
    answers: { 201: newApiKey },
  });
  const revokes = described(admins, {
    summary: "Revokes an API key for good",
    tag,
    answers: { 200: noted },
  });
  server.post("/v1/tenants", addsTenant, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const done = await desk.execute(request, createTenant(bodyOf(request), stored));
    const created = done.facts.find((fact) => fact.kind === "TenantCreated");
    const admin_key = newKeyView(done, key);
    return reply.code(201).send({ tenant: created?.tenant, name: created?.name, admin_key });
  });
  server.get("/v1/api-keys", lists, (request) => {
    const { catalog, asOf = Infinity } = desk.momentOf(request);
    const keys = keysOf(catalog, desk.callerOf(request).tenant).filter(
      ({ created_at }) => created_at <= asOf,
    );
    const viewOf = (key: ApiKey) => apiKeyView(key, asOf);
    const isMeant = filterOf(request, keyFilters, viewOf);
    const { items, next } = pageOf(request, keys, ({ api_key }) => api_key, isMeant);
    return { api_keys: items.map(viewOf), next };
  });
  server.get("/v1/api-keys/:id", gets, (request) => {
    const moment = desk.momentOf(request);
    const { asOf = Infinity } = moment;
    const { tenant } = desk.callerOf(request);
    const keys = keysOf(moment.catalog, tenant);
    const shown = found(
      keys.find(({ api_key }) => api_key === idOf(request)),
      request,
    );
    if (shown.created_at > asOf) throw notYet(idOf(request), moment);
    return apiKeyView(shown, asOf);
  });
  server.post("/v1/api-keys", makes, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const done = await desk.execute(request, createApiKey(bodyOf(request), stored));
    return reply.code(201).send(newKeyView(done, key));
  });
  server.post("/v1/api-keys/:id/rotate", rotates, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const order = rotateApiKey(idOf(request), bodyOf(request), stored);
    const done = await desk.execute(request, order);
    return reply.code(201).send(newKeyView(done, key));
  });
  server.post("/v1/api-keys/:id/revoke", revokes, async (request) => {
    const { offset } = await desk.execute(request, revokeApiKey(idOf(request)));
    return { catalog_offset: offset ?? desk.catalog().offset - 1 };
  });
}

/** Whose request was carried out before has had the key itself: nobody kept it. */
function newKeyView({ facts, isRepeated }: Done, key: string) {
  const created = facts.find((fact) => fact.kind === "ApiKeyCreated");
  return { api_key: created?.api_key, role: created?.role, key: isRepeated ? null : key };
}
