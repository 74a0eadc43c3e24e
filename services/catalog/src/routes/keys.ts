import { keysOf } from "@tallybook/catalog";
import { described, listOf, nextPage, output, pageOf, pagingQuery } from "@tallybook/service";
import { bodyOf, idOf, operatorsOnly, type Desk, type Done } from "../desk.ts";
import { makeKey } from "../keys.ts";
import { createApiKey, createTenant, revokeApiKey, rotateApiKey } from "../orders/keys.ts";
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
    query: pagingQuery,
    answers: { 200: output({ api_keys: listOf(apiKey), next: nextPage }) },
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
    const keys = keysOf(desk.catalog(), desk.callerOf(request).tenant);
    const { items, next } = pageOf(request, keys, ({ api_key }) => api_key);
    return { api_keys: items.map(apiKeyView), next };
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
