import type { ApiKey, Listed, NewApiKey, Noted } from "@tallybook/client";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { table } from "../table.ts";

export const keysList: Command = {
  name: "keys list",
  summary: "Lists the API keys, without what is secret",
  args: [],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally keys list"],
  async run(call) {
    const keys = await allKeys(call);
    if (call.has("json")) call.print(JSON.stringify(keys));
    else for (const line of table(columns, keys.map(rowOf))) call.print(line);
    return 0;
  },
};

export const keysCreate: Command = {
  name: "keys create",
  summary: "Makes an API key and shows it this once",
  args: [],
  options: {
    role: { value: "ROLE", about: "producer, analyst, auditor, finance or admin" },
    customer: {
      value: "ID",
      about: "a producer that sends only this customer's events",
      repeated: true,
    },
    meter: { value: "NAME", about: "… and only what this meter measures", repeated: true },
    "event-type": { value: "TYPE", about: "… and events of this type", repeated: true },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: [
    "npx tally keys create --role producer",
    "npx tally keys create --role producer --customer acme --meter input_tokens",
  ],
  async run(call) {
    const role = call.text("role");
    if (role === undefined) {
      throw misuse(
        "tally keys create: --role is missing: producer, analyst, auditor, finance or admin.",
      );
    }
    const limits = {
      customers: call.texts("customer"),
      meters: call.texts("meter"),
      event_types: call.texts("event-type"),
    };
    const body = { role, ...limits };
    return show(call, await findDeployment(call).ask<NewApiKey>("/v1/api-keys", { body }));
  },
};

export const keysRotate: Command = {
  name: "keys rotate",
  summary: "Makes an API key in place of another, which stays valid for a while",
  args: ["ID"],
  options: {
    until: {
      value: "TIME",
      about: "end of the old key (RFC 3339; default: a day from now)",
    },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally keys rotate key-0123456789abcdef --until 2024-01-01T00:00:00Z"],
  async run(call) {
    const body = { valid_until: call.text("until") ?? null };
    const path = `/v1/api-keys/${encodeURIComponent(call.args[0] ?? "")}/rotate`;
    return show(call, await findDeployment(call).ask<NewApiKey>(path, { body }));
  },
};

export const keysRevoke: Command = {
  name: "keys revoke",
  summary: "Ends an API key at once, for good",
  args: ["ID"],
  options: deploymentOptions,
  examples: ["npx tally keys revoke key-0123456789abcdef"],
  async run(call) {
    const [id = ""] = call.args;
    const path = `/v1/api-keys/${encodeURIComponent(id)}/revoke`;
    await findDeployment(call).ask<Noted>(path, { method: "POST" });
    call.print(`${id} is let in no more`);
    return 0;
  },
};

function show(call: Call, made: NewApiKey): number {
  call.print(call.has("json") ? JSON.stringify(made) : made.key);
  return 0;
}

async function allKeys(call: Call): Promise<ApiKey[]> {
  const { ask } = findDeployment(call);
  const keys: ApiKey[] = [];
  let after: string | null = null;
  do {
    const page: Listed<"api_keys", ApiKey> = await ask("/v1/api-keys", {
      query: after === null ? {} : { after },
    });
    keys.push(...page.api_keys);
    after = page.next;
  } while (after !== null);
  return keys;
}

const columns = ["id", "role", "made", "valid until", "limited to"].map((title) => ({ title }));

function rowOf(key: ApiKey): string[] {
  const { api_key, role, created_at, valid_until, revoked } = key;
  const limits = [...key.customers, ...key.meters, ...key.event_types];
  return [api_key, role, created_at, revoked ? "revoked" : (valid_until ?? ""), limits.join(", ")];
}
