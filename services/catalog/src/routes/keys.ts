import { keysOf } from "@tallybook/catalog";
import { bodyOf, idOf, type Desk } from "../desk.ts";
import { makeKey } from "../keys.ts";
import { createApiKey, createTenant, revokeApiKey } from "../orders/keys.ts";
import { apiKeyView } from "../views.ts";

/** Tenants and their API keys. */
export function addKeyRoutes(desk: Desk): void {
  const { server, admins, operators } = desk;
  server.post("/v1/tenants", operators, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await desk.execute(request, createTenant(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "TenantCreated");
    const admin_key = { api_key: stored.api_key, role: "admin", key };
    return reply.code(201).send({ tenant: created?.tenant, name: created?.name, admin_key });
  });
  server.get("/v1/api-keys", admins, (request) => ({
    api_keys: keysOf(desk.catalog(), desk.callerOf(request).tenant).map(apiKeyView),
  }));
  server.post("/v1/api-keys", admins, async (request, reply) => {
    const { key, ...stored } = makeKey();
    const { facts } = await desk.execute(request, createApiKey(bodyOf(request), stored));
    const created = facts.find((fact) => fact.kind === "ApiKeyCreated");
    return reply.code(201).send({ api_key: stored.api_key, role: created?.role, key });
  });
  server.post("/v1/api-keys/:id/revoke", admins, async (request) => {
    const { offset } = await desk.execute(request, revokeApiKey(idOf(request)));
    return { catalog_offset: offset ?? desk.catalog().offset - 1 };
  });
}
