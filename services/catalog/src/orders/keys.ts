import {
  isValidKey,
  keysOf,
  metersAt,
  type ApiKeyCreated,
  type Asked,
  type Catalog,
  type KeyScope,
  type Role,
} from "@tallybook/catalog";
import { formatTime, parseTime } from "@tallybook/periods";
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
    return facts(created, keyCreated(key, { role: "admin", ...unlimited }, { ...asked, tenant }));
  };
}

/** `{ role, customers?, meters?, event_types? }` */
export function createApiKey(body: Plain, key: NewKey): Order {
  return (catalog, asked) => {
    const faults: Fault[] = [];
    const { role, ...limits } = membersOf(
      body,
      ["role", "customers", "meters", "event_types"],
      faults,
    );
    const known = roles.find((each) => each === role);
    if (known === undefined) {
      const detail = `it must be one of ${roles.join(", ")}`;
      faults.push({ field: "role", reason: "not_an_option", detail });
    }
    const scope = readScope(limits, known, faults);
    faults.push(...unknownMeters(catalog, asked.tenant, scope));
    if (known === undefined || faults.length > 0) return { kind: "faulty", faults };
    return facts(keyCreated(key, { role: known, ...scope, replaces: null }, asked));
  };
}

/** `{ valid_until? }` of the old one: a day from now unless given. The new one may do what the old one may. */
export function rotateApiKey(id: string, body: Plain, key: NewKey): Order {
  return (catalog, asked) => {
    const old = keysOf(catalog, asked.tenant).find(({ api_key }) => api_key === id);
    if (old === undefined) return notFound(`there is no API key ${id}`);
    const faults: Fault[] = [];
    const { valid_until } = membersOf(body, ["valid_until"], faults);
    const until = untilOf(valid_until, asked, faults);
    if (faults.length > 0) return { kind: "faulty", faults };
    if (!isValidKey(old, asked.now)) {
      return { kind: "conflict", detail: `the API key ${id} is no longer valid: make a new one` };
    }
    const scope = old.scope ?? unlimited;
    return facts(keyCreated(key, { role: old.role, ...scope, replaces: id }, asked), {
      kind: "ApiKeyRevoked",
      ...head(asked),
      api_key: id,
      at: until,
    });
  };
}

export function revokeApiKey(id: string): Order {
  return (catalog, asked) => {
    const key = keysOf(catalog, asked.tenant).find(({ api_key }) => api_key === id);
    if (key === undefined) return notFound(`there is no API key ${id}`);
    if (key.revoked_at !== null) return facts();
    if (key.api_key === asked.actor) {
      return { kind: "conflict", detail: "a key cannot revoke itself: use another admin's" };
    }
    return facts({ kind: "ApiKeyRevoked", ...head(asked), api_key: id, at: null });
  };
}

export const roles: readonly Role[] = [
  "producer",
  "analyst",
  "auditor",
  "finance",
  "admin",
  "customer",
];

/** What a key is that may do all that its role may. */
export const unlimited = { customers: [], meters: [], event_types: [], replaces: null };

/** `unknown` stands where a record names no tenant. */
const reservedTenants = new Set(["default", "unknown"]);
const limitsMax = 1_000;
const dayMicros = 86_400_000_000;

type Limit = keyof KeyScope;

const ruleByLimit = { customers: "id", meters: "name", event_types: "id" } as const;

function readScope(
  limits: Readonly<Record<Limit, Plain>>,
  role: Role | undefined,
  faults: Fault[],
): KeyScope {
  const read = (field: Limit) => readLimit(field, limits[field], role, faults);
  if (role === "customer" && isNothing(limits.customers)) {
    const detail = "a customer's key tells of customers that it names: give at least one";
    faults.push({ field: "customers", reason: "missing", detail });
  }
  return { customers: read("customers"), meters: read("meters"), event_types: read("event_types") };
}

function readLimit(field: Limit, value: Plain, role: Role | undefined, faults: Fault[]): string[] {
  if (value === null) return [];
  if (!Array.isArray(value) || value.length > limitsMax) {
    const detail = `it must be a list of at most ${limitsMax} texts`;
    faults.push({ field, reason: "not_a_list", detail });
    return [];
  }
  if (value.length > 0 && role !== undefined && !isLimited(role, field)) {
    const detail = `the key of a role ${role} is not limited to ${field}: leave it out`;
    faults.push({ field, reason: "not_of_role", detail });
  }
  const texts = (value as readonly Plain[]).flatMap((text, index) => {
    const at = `${field}[${index}]`;
    if (typeof text === "string") {
      faults.push(...faultsOfText(at, text, ruleByLimit[field]));
      return [text];
    }
    faults.push({ field: at, reason: "not_text", detail: "it must be a text" });
    return [];
  });
  return [...new Set(texts)];
}

function isNothing(value: Plain): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** A producer may send only some events, and a customer sees only its own. */
function isLimited(role: Role, field: Limit): boolean {
  return role === "producer" || (role === "customer" && field === "customers");
}

function unknownMeters(catalog: Catalog, tenant: string, { meters }: KeyScope): Fault[] {
  const known = metersAt(catalog, tenant);
  return meters.flatMap((meter, index) => {
    if (known.has(meter)) return [];
    const detail = `there is no meter ${meter}: publish it first, or name event types`;
    return [{ field: `meters[${index}]`, reason: "unknown_meter", detail }];
  });
}

function untilOf(value: Plain, { now }: Asked, faults: Fault[]): number {
  if (value === null) return now + dayMicros;
  const until = typeof value === "string" ? parseTime(value) : undefined;
  if (until === undefined) {
    const detail = "it must be a time with its zone, such as 2023-12-01T01:00:00Z";
    faults.push({ field: "valid_until", reason: "not_a_time", detail });
  } else if (until <= now) {
    const detail = `it is ${formatTime(now)} already: name a later time, or revoke the key`;
    faults.push({ field: "valid_until", reason: "in_the_past", detail });
  }
  return until ?? now;
}

function keyCreated(
  { api_key, hash }: NewKey,
  of: Pick<ApiKeyCreated, "role" | "replaces" | Limit>,
  asked: Asked,
): ApiKeyCreated {
  const { role, customers, meters, event_types, replaces } = of;
  const scope = { customers, meters, event_types };
  return { kind: "ApiKeyCreated", ...head(asked), api_key, role, hash, ...scope, replaces };
}
