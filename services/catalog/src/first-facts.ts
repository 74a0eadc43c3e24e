import type { Catalog, CatalogFact, SettingsSet } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import { unlimited } from "./orders/keys.ts";
import type { Order } from "./orders/order.ts";

/** What a deployment is made with; of no effect on one that exists, but for the admin's key. */
export interface FirstSettings {
  /** Simulated time begins there; null: time runs by itself. */
  readonly clock: Micros | null;
  readonly window_seconds: number | null;
  readonly ahead_seconds: number;
  readonly grace_seconds: number;
  readonly cut_interval_seconds: number;
}

export interface AdminKey {
  readonly api_key: string;
  /** SHA-256 of the key. */
  readonly hash: Buffer;
}

/** Record 0 of an empty catalog is its settings; the key of the first admin is there at every start. */
export function prepareCatalog(settings: FirstSettings, adminKey: AdminKey | null): Order {
  return (catalog, { now, actor }) => {
    const facts: CatalogFact[] = [];
    const recordedAt = catalog.offset === 0 ? (settings.clock ?? now) : now;
    const head = { recorded_at: recordedAt, actor };
    if (catalog.offset === 0) {
      facts.push(settingsFact(settings, recordedAt, actor));
      if (settings.clock !== null) {
        facts.push({ kind: "ClockAdvanced", tenant: "", ...head, time: settings.clock });
      }
    }
    if (adminKey !== null && !isKnown(catalog, adminKey)) {
      const { api_key, hash } = adminKey;
      if (!catalog.tenants.has(firstTenant)) {
        facts.push({ kind: "TenantCreated", tenant: firstTenant, ...head, name: firstTenant });
      }
      facts.push({
        kind: "ApiKeyCreated",
        tenant: firstTenant,
        ...head,
        api_key,
        role: "admin",
        hash,
        ...unlimited,
      });
    }
    return { kind: "facts", facts };
  };
}

/** Its admins run the deployment. */
export const firstTenant = "default";

function settingsFact(settings: FirstSettings, recordedAt: Micros, actor: string): SettingsSet {
  const { clock, ...seconds } = settings;
  return {
    kind: "SettingsSet",
    tenant: "",
    recorded_at: recordedAt,
    actor,
    simulated: clock !== null,
    ...seconds,
  };
}

function isKnown(catalog: Catalog, { hash }: AdminKey): boolean {
  return catalog.keyByHash.has(hash.toString("hex"));
}
