import {
  clockOf,
  keysOf,
  plan,
  settingsOf,
  subscriptionOf,
  textFault,
  validateDocument,
  type ApiKeyCreated,
  type Asked,
  type Catalog,
  type CatalogFact,
  type Role,
  type SettingsSet,
} from "@tallybook/catalog";
import { formatTime, parseTime } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import { isPlainObject, membersOf, type Plain, readBody } from "./body.ts";
import { subscriptionView } from "./views.ts";

/** What an order comes to: facts to append (none where all is so already), or why it cannot be. */
export type Decided =
  | { readonly kind: "facts"; readonly facts: readonly CatalogFact[] }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] }
  | { readonly kind: "not_found"; readonly detail: string }
  | { readonly kind: "conflict"; readonly detail: string };

/** Decides on the catalog as it is when the order's turn has come. */
export type Order = (catalog: Catalog, asked: Asked) => Decided;

export type Section = "meters" | "plans" | "customers" | "subscriptions";

/** A whole document. */
export function applyDocument(document: Plain): Order {
  return (catalog, asked) => planned(document, catalog, asked, "");
}

/** One object of a section, by the same rules as in a document. */
export function applyOne(section: Section, object: Plain): Order {
  return (catalog, asked) => planned({ [section]: [object] }, catalog, asked, `${section}[0]`);
}

/** `{ end }` */
export function endSubscription(id: string, body: Plain): Order {
  return (catalog, asked) => {
    const known = subscriptionOf(catalog, asked.tenant, id);
    if (known === undefined) return notFound(`there is no subscription ${id}`);
    const faults: Fault[] = [];
    const { end } = membersOf(body, ["end"], faults);
    if (end === null) faults.push({ field: "end", reason: "missing", detail: "it is required" });
    if (faults.length > 0) return { kind: "faulty", faults };
    const read = readBody(JSON.stringify(subscriptionView(known)));
    const ended = { ...(read.ok && isPlainObject(read.value) ? read.value : {}), end };
    return planned({ subscriptions: [ended] }, catalog, asked, "subscriptions[0]");
  };
}

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

/** `{ time }`: forward only. */
export function advanceClock(body: Plain): Order {
  return (catalog, asked) => {
    if (settingsOf(catalog)?.simulated !== true) {
      return { kind: "conflict", detail: "time is not simulated here: it moves by itself" };
    }
    const faults: Fault[] = [];
    const { time } = membersOf(body, ["time"], faults);
    const micros = typeof time === "string" ? parseTime(time) : undefined;
    if (micros === undefined) {
      const detail = "it must be a time with its zone, such as 2023-12-01T01:00:00Z";
      faults.push({ field: "time", reason: "not_a_time", detail });
    }
    if (micros === undefined || faults.length > 0) return { kind: "faulty", faults };
    const clock = clockOf(catalog) ?? 0;
    if (micros === clock) return facts();
    if (micros > clock)
      return facts({ kind: "ClockAdvanced", ...deploymentHead(asked), time: micros });
    const detail = `the clock stands at ${formatTime(clock)} and moves forward only`;
    return { kind: "faulty", faults: [{ field: "time", reason: "in_the_past", detail }] };
  };
}

/** `{ reason? }` */
export function requestCut(body: Plain): Order {
  return (_catalog, asked) => {
    const faults: Fault[] = [];
    const { reason } = membersOf(body, ["reason"], faults);
    if (reason !== null && typeof reason !== "string") {
      faults.push({ field: "reason", reason: "not_text", detail: "it must be a text" });
    } else if (reason !== null) {
      faults.push(...faultsOfText("reason", reason, "id"));
    }
    if (faults.length > 0) return { kind: "faulty", faults };
    return facts({
      kind: "CutRequested",
      ...head(asked),
      reason: (reason as string) ?? "asked for",
    });
  };
}

/** Any of the settings but `simulated`; the others stay. */
export function setSettings(body: Plain): Order {
  return (catalog, asked) => {
    const known = settingsOf(catalog);
    if (known === undefined) throw new Error("the catalog holds no settings");
    const faults: Fault[] = [];
    const given = membersOf(body, Object.keys(secondsMin) as Setting[], faults);
    const present = isPlainObject(body) ? Object.keys(body) : [];
    const changed: Partial<Record<Setting, number | null>> = {};
    for (const [name, least] of Object.entries(secondsMin) as [Setting, number][]) {
      if (!present.includes(name)) continue;
      const seconds = secondsOf(given[name], least, name === "window_seconds");
      if (seconds === undefined) faults.push(notSeconds(name, least));
      else changed[name] = seconds;
    }
    if (faults.length > 0) return { kind: "faulty", faults };
    const settings = { ...known, ...changed } as SettingsSet;
    const same = Object.keys(changed).every(
      (name) => settings[name as Setting] === known[name as Setting],
    );
    return same ? facts() : facts({ ...settings, ...deploymentHead(asked) });
  };
}

export const roles: readonly Role[] = ["producer", "analyst", "auditor", "finance", "admin"];

/** `unknown` stands where a record names no tenant. */
const reservedTenants = new Set(["default", "unknown"]);

type Setting = "window_seconds" | "ahead_seconds" | "grace_seconds" | "cut_interval_seconds";

const secondsMin: Readonly<Record<Setting, number>> = {
  window_seconds: 1,
  ahead_seconds: 0,
  grace_seconds: 0,
  cut_interval_seconds: 1,
};
/** A century: beyond it times leave what columns hold. */
const secondsMax = 100 * 366 * 86_400;

function secondsOf(value: Plain, least: number, orForever: boolean): number | null | undefined {
  if (value === null && orForever) return null;
  if (typeof value !== "string" || !/^\d{1,10}$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds >= least && seconds <= secondsMax ? seconds : undefined;
}

function notSeconds(field: Setting, least: number): Fault {
  const forever = field === "window_seconds" ? ", or null: for ever" : "";
  const detail = `it must be a whole number of seconds from ${least} to ${secondsMax}${forever}`;
  return { field, reason: "not_seconds", detail };
}

function planned(document: Plain, catalog: Catalog, asked: Asked, within: string): Decided {
  const validated = validateDocument(document);
  if (!validated.ok)
    return { kind: "faulty", faults: validated.faults.map((fault) => inside(within, fault)) };
  const outcome = plan(catalog, validated.document, asked);
  if (outcome.ok) return { kind: "facts", facts: outcome.facts };
  return { kind: "faulty", faults: outcome.faults.map((fault) => inside(within, fault)) };
}

/** Who sent one object knows nothing of a document around it. */
function inside(within: string, fault: Fault): Fault {
  if (within === "" || !fault.field.startsWith(within)) return fault;
  return { ...fault, field: fault.field.slice(within.length).replace(/^\./, "") };
}

function faultsOfText(field: string, text: string, rule: "id" | "name"): Fault[] {
  const fault = textFault(text, rule);
  return fault === undefined ? [] : [{ field, ...fault }];
}

function keyCreated(key: NewKey, role: Role, asked: Asked): ApiKeyCreated {
  return { kind: "ApiKeyCreated", ...head(asked), api_key: key.api_key, role, hash: key.hash };
}

function head({ tenant, now, actor }: Asked) {
  return { tenant, recorded_at: now, actor };
}

function deploymentHead({ now, actor }: Asked) {
  return { tenant: "", recorded_at: now, actor };
}

function notFound(detail: string): Decided {
  return { kind: "not_found", detail };
}

function facts(...list: readonly CatalogFact[]): Decided {
  return { kind: "facts", facts: list };
}
