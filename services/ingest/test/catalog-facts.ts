import { createHash } from "node:crypto";
import type { Fact } from "@tallybook/wire";

/** The time of the tests of the door, on the catalog. */
export const clock = Date.UTC(2023, 10, 16) * 1_000;

export function settings(windowSeconds: number | null): Fact {
  return {
    kind: "SettingsSet",
    tenant: "",
    recorded_at: clock,
    actor: "system",
    simulated: true,
    window_seconds: windowSeconds,
    ahead_seconds: 3_600,
    grace_seconds: 3_600,
    cut_interval_seconds: 3_600,
  };
}

export function key(name: string, role: "admin" | "producer" | "analyst"): Fact {
  const hash = createHash("sha256").update(name).digest();
  return {
    kind: "ApiKeyCreated",
    tenant: "acme",
    recorded_at: clock,
    actor: "system",
    api_key: name,
    role,
    hash,
    customers: [],
    meters: [],
    event_types: [],
    replaces: null,
  };
}
