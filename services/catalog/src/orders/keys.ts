import { keysOf, type ApiKeyCreated, type Asked, type Role } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";
import { membersOf, type Plain } from "../body.ts";
import { facts, faultsOfText, head, notFound, type Order } from "./order.ts";

/** A key that was just made: only its hash is kept. */
export interface NewKey {
  readonly api_key: string;
  readonly hash: Uint8Array;
}

/** `{ tenant, name? }`, with the key of its first admin. */
export function createTenant(body: Plain, key: NewKey): Order {
  return (catalog, asked) => {
    const faults: Fault[] = [];
    const { tenant, name } = membersOf(body, ["tenant", "name"], faults);
    if (typeof tenant !== "string") {
      faults.push({ field: "tenant", reason: "missing", detail: "it is required, a text" });
    } else {
      faults.push(...faultsOfText("tenant", tenant, "name"));
    }
    if (name !== null && typeof name !== "string") {
      faults.push({ field: "name", reason: "not_text", detail: "it must be a text" });
    } else if (name !== null) {
      faults.push(...faultsOfText("name", name, "id"));
    }
    if (faults.length > 0 || typeof tenant !== "string") return { kind: "faulty", faults };
    if (reservedTenants.has(tenant) || catalog.tenants.has(tenant)) {
      return { kind: "conflict", detail: `the name ${tenant} is taken` };
    }
    const head = { tenant, recorded_at: asked.now, actor: asked.actor };
    const created = { kind: "TenantCreated" as const, ...head, name: (name as string) ?? tenant };
    return facts(created, keyCreated(key, "admin", { ...asked, tenant }));
  };
}

/** `{ role }` */
export function createApiKey(body: Plain, key: NewKey): Order {
  return (_catalog, asked) => {
    const faults: Fault[] = [];
    const { role } = membersOf(body, ["role"], faults);
    const known = roles.find((each) => each === role);
    if (known === undefined) {
      const detail = `it must be one of ${roles.join(", ")}`;
      faults.push({ field: "role", reason: "not_an_option", detail });
    }
    if (known === undefined || faults.length > 0) return { kind: "faulty", faults };
    return facts(keyCreated(key, known, asked));
  };
}

export function revokeApiKey(id: string): Order {
  return (catalog, asked) => {
    const key = keysOf(catalog, asked.tenant).find(({ api_key }) => api_key === id);
    if (key === undefined) return notFound(`there is no API key ${id}`);
    if (key.revoked) return facts();
    if (key.api_key === asked.actor) {
      return { kind: "conflict", detail: "a key cannot revoke itself: use another admin's" };
    }
    return facts({ kind: "ApiKeyRevoked", ...head(asked), api_key: id });
  };
}

export const roles: readonly Role[] = ["producer", "analyst", "auditor", "finance", "admin"];

/** `unknown` stands where a record names no tenant. */
const reservedTenants = new Set(["default", "unknown"]);

function keyCreated(key: NewKey, role: Role, asked: Asked): ApiKeyCreated {
  return { kind: "ApiKeyCreated", ...head(asked), api_key: key.api_key, role, hash: key.hash };
}
