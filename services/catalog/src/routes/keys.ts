import { keysOf } from "@tallybook/catalog";
import { described, listOf, output } from "@tallybook/service";
import { bodyOf, idOf, operatorsOnly, type Desk } from "../desk.ts";
import { makeKey } from "../keys.ts";
import { createApiKey, createTenant, revokeApiKey } from "../orders/keys.ts";
import { noted } from "../schemas/common.ts";
import { apiKey, apiKeyInput, newApiKey, newTenant, tenantInput } from "../schemas/keys.ts";
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
    problems: [409],
  });
  const lists = described(admins, {
    summary: "Lists the API keys, without what is secret",
    tag,
    answers: { 200: output({ api_keys: listOf(apiKey) }) },
  });
  const makes = described(admins, {
    summary: "Makes an API key",
    tag,
    body: apiKeyInput,
    answers: { 201: newApiKey },
    problems: [409],
  });
  const revokes = described(admins, {
    summary: "Revokes an API key for good",
    tag,
    answers: { 200: noted },
    problems: [409],
  });
  server.post("/v1/tenants", addsTenant, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await desk.execute(request, createTenant(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "TenantCreated");
    const admin_key = { api_key: stored.api_key, role: "admin", key };
    return reply.code(201).send({ tenant: created?.tenant, name: created?.name, admin_key });
  });
  server.get("/v1/api-keys", lists, (request) => ({
    api_keys: keysOf(desk.catalog(), desk.callerOf(request).tenant).map(apiKeyView),
  }));
  server.post("/v1/api-keys", makes, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await desk.execute(request, createApiKey(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "ApiKeyCreated");
    return reply.code(201).send({ api_key: stored.api_key, role: created?.role, key });
  });
  server.post("/v1/api-keys/:id/revoke", revokes, async (request) => {
    const { offset } = await desk.execute(request, revokeApiKey(idOf(request)));
    return { catalog_offset: offset ?? desk.catalog().offset - 1 };
  });
}
