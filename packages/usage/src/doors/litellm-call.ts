import {
  flawOf,
  isJsonNumber,
  isJsonObject,
  numberText,
  type Json,
  type JsonObject,
} from "../json.ts";
import { tokenClasses, valueAt } from "./mapping.ts";

/** What is kept of a refused call, by names of its members: nothing in which a prompt or an answer stands. */
const kept = new Set([
  "id",
  "litellm_call_id",
  "trace_id",
  "call_type",
  "cache_hit",
  "stream",
  "status",
  "custom_llm_provider",
  "startTime",
  "endTime",
  "model",
  "model_group",
  "model_id",
  "end_user",
  "response_cost",
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
]);
/** Of its `metadata`: who asked, by the proxy's own word, and what they are told apart by. */
const keptOfMetadata = /^(user_api_key_|team_)/;
const keptObjects = ["requester_metadata", "spend_logs_metadata", "user_api_key_auth_metadata"];
/** A text of more units is none by which anybody is told apart. */
const textLengthMax = 255;

/** A call without what was said in it, which is still one that the door reads. */
export function reducedCall(call: Json): object {
  if (!isJsonObject(call)) return {};
  const metadata = isJsonObject(call["metadata"]) ? call["metadata"] : {};
  const objects = keptObjects.flatMap((name) => {
    const object = metadata[name];
    return isJsonObject(object) ? [[name, scalarsOf(object, () => true)] as const] : [];
  });
  return {
    ...scalarsOf(call, (name) => kept.has(name)),
    metadata: {
      ...scalarsOf(metadata, (name) => keptOfMetadata.test(name)),
      ...Object.fromEntries(objects),
      usage_object: countsIn(objectAt(call, usagePaths)),
    },
    model_parameters: scalarsOf(valueAt(call, "model_parameters"), (name) => name === "user"),
  };
}

/** Numbers as texts where JavaScript has none for them, which the door reads as well. */
function scalarsOf(
  object: Json | undefined,
  isKept: (name: string) => boolean,
): Record<string, string | number | boolean> {
  const found: [string, string | number | boolean][] = [];
  for (const [name, value] of isJsonObject(object) ? Object.entries(object) : []) {
    if (!isKept(name) || name.length > textLengthMax) continue;
    if (typeof value === "boolean") found.push([name, value]);
    if (typeof value === "string" && value.length <= textLengthMax) found.push([name, value]);
    const number = numberAt(value);
    if (number !== undefined) found.push([name, number]);
  }
  return Object.fromEntries(found);
}

function numberAt(value: Json): string | number | undefined {
  if (!isJsonNumber(value) || flawOf(value) !== undefined) return undefined;
  return typeof value === "number" ? value : numberText(value);
}

/** Where the counts of a call stand: what came from the provider before what the log made of it. */
const usagePaths = ["metadata.usage_object", "response.usage"] as const;
const cacheReadPaths = ["prompt_tokens_details.cached_tokens", "cache_read_input_tokens"];
const cacheWritePaths = [
  "prompt_tokens_details.cache_creation_tokens",
  "cache_creation_input_tokens",
];

/** The counts of a call, and the classes that no token is in twice. */
export function usageOf(call: JsonObject) {
  const counts = countsIn(objectAt(call, usagePaths) ?? call);
  const there = (paths: readonly string[]) =>
    paths.find((path) => valueAt(counts, path) !== undefined) ?? null;
  return {
    counts,
    classes: () =>
      tokenClasses(counts, {
        input: "prompt_tokens",
        cache_read: there(cacheReadPaths),
        cache_write: there(cacheWritePaths),
        output: "completion_tokens",
        reasoning: "completion_tokens_details.reasoning_tokens",
        // Whatever the provider says, LiteLLM's counts have those of the cache and of reasoning in them.
        totals: true,
      }),
  };
}

function objectAt(call: Json, paths: readonly string[]): JsonObject | undefined {
  for (const path of paths) {
    const value = valueAt(call, path);
    if (isJsonObject(value) && Object.keys(countsIn(value)).length > 0) return value;
  }
  return undefined;
}

const countsDepthMax = 2;

/** The counts of tokens in an object and in those below it, as they came. Nothing but numbers is taken over. */
function countsIn(object: JsonObject | undefined, depth = 0): Record<string, Json> {
  const found: [string, Json][] = [];
  for (const [name, value] of Object.entries(object ?? {})) {
    if (depth < countsDepthMax && isJsonObject(value) && name.endsWith("_details")) {
      const below = countsIn(value, depth + 1);
      if (Object.keys(below).length > 0) found.push([name, below]);
    }
    if (name.endsWith("_tokens") && numberAt(value) !== undefined) found.push([name, value]);
  }
  return Object.fromEntries(found);
}
