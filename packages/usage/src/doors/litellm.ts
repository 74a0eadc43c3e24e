import { timeText } from "../epoch.ts";
import { readEvent, type EventRead } from "../event.ts";
import { isJsonArray, isJsonObject, type Json } from "../json.ts";
import { linesOf } from "../lines.ts";
import { batchItemsMax, type Door, type DoorContext, type Item, type Split } from "./door.ts";
import { reducedCall, usageOf } from "./litellm-call.ts";
import { nameAt, tokenClasses, valueAt } from "./mapping.ts";
import { readJson, type DoorRequest } from "./request.ts";
import { itemsOf, unreadable } from "./split.ts";

const mebibyte = 1024 * 1024;

/**
 * The calls that LiteLLM's callback `generic_api` logs: a list, one on each line, or one alone, all as `application/json`. The
 * prompts and answers in them are kept nowhere, neither in an event nor of what is refused. It sends once, and takes any 2xx
 * for success.
 */
export const liteLlm: Door = {
  name: "litellm",
  summary: "calls of LiteLLM's callback generic_api, without their prompts and answers",
  paths: { "/v1/litellm": ["application/json", "application/x-ndjson", "application/ndjson"] },
  // A batch of 512 calls has some 6 MiB even where each prompt is a word.
  bodyBytesMax: 32 * mebibyte,
  maps: ["customer", "subscription", "tokens"],
  reduced: (items) => ({
    type: "application/x-ndjson",
    body: Buffer.from(items.map(({ source }) => `${textOf(source())}\n`).join("")),
  }),
  split: splitCalls,
  read: readCall,
  fieldOf,
  success(taken) {
    const accepted = taken.filter(({ ok }) => ok).length;
    return { status: 200, body: { accepted, refused: taken.length - accepted } };
  },
};

function splitCalls(request: DoorRequest): Split {
  const read = request.json();
  if (!read.ok) return splitLines(request, read.reason);
  const isMany = isJsonArray(read.value);
  const calls = isJsonArray(read.value) ? read.value : [read.value];
  if (calls.length > batchItemsMax) return { kind: "too_many", count: calls.length };
  return itemsOf(
    calls.map((call, index) => itemOf(call, { index })),
    isMany,
  );
}

function splitLines({ body }: DoorRequest, whyNot: string): Split {
  const { lines, count } = linesOf(body, batchItemsMax);
  if (count > batchItemsMax) return { kind: "too_many", count };
  const items = lines.map(({ number: line, bytes }, index): Item => {
    const call = readJson(bytes, "the line");
    if (call.ok) return itemOf(call.value, { index, line });
    // What the line holds nobody knows, so nothing of it is kept, not even what a parser quotes.
    const fault = { field: null, reason: call.reason, detail: "the line cannot be read" };
    return { index, line, read: { ok: false, ...fault }, source: () => new Uint8Array() };
  });
  if (items.some(({ read }) => read.ok)) return itemsOf(items, true);
  return unreadable({ reason: whyNot, detail: "the body is neither JSON nor lines of it" });
}

/** A line that could not be read is one that is refused here as well. */
function textOf(source: Uint8Array): string {
  return source.length === 0 ? "null" : Buffer.from(source).toString();
}

function itemOf(call: Json, place: { readonly index: number; readonly line?: number }): Item {
  return {
    ...place,
    read: { ok: true, value: call },
    source: () => Buffer.from(JSON.stringify(reducedCall(call))),
  };
}

/** The request's own `user`, by the places at which it stands in the proxy's log and in the library's. */
const usualCustomers = [
  "end_user",
  "metadata.user_api_key_end_user_id",
  "model_parameters.user",
] as const;

function readCall(item: Json, context: DoorContext): EventRead {
  if (!isJsonObject(item))
    return { ok: false, field: null, reason: "not_an_object", detail: "a call is an object" };
  const { customer, subscription, tokens } = context.mapping;
  const usage = usageOf(item);
  const classes = tokens === null ? usage.classes() : tokenClasses(item, tokens);
  if (!classes.ok) return classes;
  const customerPath =
    customer ?? usualCustomers.find((path) => isNamed(valueAt(item, path))) ?? usualCustomers[0];
  const read = readEvent(
    {
      id: item["litellm_call_id"] ?? null,
      type: item["status"] === "failure" ? "llm.call.failed" : "llm.call",
      customer: nameAt(item, customerPath),
      subscription: subscription === null ? null : nameAt(item, subscription),
      time: timeText(item["endTime"] ?? null, "seconds"),
      properties: { ...propertiesOf(item), ...classes.classes, usage: usage.counts },
    },
    context,
  );
  return read.ok || read.field === null
    ? read
    : { ...read, field: fieldOf(read.field, customerPath) };
}

function isNamed(value: unknown): boolean {
  return value !== undefined && value !== "";
}

/** What calls are told apart by; `cost` is what LiteLLM thinks, and no price. */
const pathByProperty: Readonly<Record<string, string>> = {
  model: "model",
  model_group: "model_group",
  provider: "custom_llm_provider",
  call_type: "call_type",
  cache_hit: "cache_hit",
  team: "metadata.user_api_key_team_id",
  user: "metadata.user_api_key_user_id",
  organization: "metadata.user_api_key_org_id",
  project: "metadata.user_api_key_project_id",
  key_alias: "metadata.user_api_key_alias",
  cost: "response_cost",
};

function propertiesOf(call: Json): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const [property, path] of Object.entries(pathByProperty)) {
    const value = valueAt(call, path);
    // An object here would be something else than what is meant, and may hold anything.
    if (value === undefined || isJsonObject(value) || isJsonArray(value) || value === "") continue;
    found[property] = value;
  }
  return found;
}

function fieldOf(field: string, customerPath: string = usualCustomers[0]): string {
  return field === "customer" ? customerPath : (fieldByNative[field] ?? field);
}

const fieldByNative: Readonly<Record<string, string>> = { id: "litellm_call_id", time: "endTime" };
