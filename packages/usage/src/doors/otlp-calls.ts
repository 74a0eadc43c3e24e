import { flawOf, isJsonNumber, numberText, type Json, type JsonObject } from "../json.ts";
import { tokenClasses, type TokenPaths } from "./mapping.ts";
import type { Attributes, Span } from "./otlp-spans.ts";

/** Where exporters and libraries name whoever is served, best first; of the span, else of its resource. */
export const usualCustomers = [
  "customer.id",
  "ai.telemetry.metadata.customerId",
  "langfuse.user.id",
  "user.id",
  "enduser.id",
] as const;

const inputs = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
const outputs = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
const cacheReads = [
  "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.cache_read_input_tokens",
  "ai.usage.inputTokenDetails.cacheReadTokens",
  "ai.usage.cachedInputTokens",
];
const cacheWrites = [
  "gen_ai.usage.cache_write.input_tokens",
  "gen_ai.usage.cache_creation.input_tokens",
  "gen_ai.usage.cache_creation_input_tokens",
  "ai.usage.inputTokenDetails.cacheWriteTokens",
];
const reasonings = [
  "gen_ai.usage.reasoning.output_tokens",
  "ai.usage.outputTokenDetails.reasoningTokens",
  "ai.usage.reasoningTokens",
];

/** Operations whose usage is that of the calls within them. */
const ofOthers = new Set(["invoke_agent", "create_agent", "invoke_workflow", "execute_tool"]);

/**
 * Whether a span is of one call of a model: it has the usage that the conventions name, and is nothing that holds calls itself. A library
 * that makes a span around the call as well (Vercel's `ai`) gives that one no such attribute.
 *
 * Source: OpenTelemetry's semantic conventions of generative AI, "Spans".
 */
export function isModelCall(attributes: Attributes): boolean {
  const operation = attributes["gen_ai.operation.name"];
  if (typeof operation === "string" && ofOthers.has(operation)) return false;
  return [...inputs, ...outputs].some((name) => (attributes[name] ?? null) !== null);
}

/** The classes that no token of a call is in twice. */
export function tokensOf(attributes: Attributes, said: TokenPaths | null) {
  const there = (names: readonly string[]): string | null =>
    names.find((name) => (attributes[name] ?? null) !== null) ?? null;
  const paths = said ?? {
    input: there(inputs) ?? inputs[0] ?? "",
    cache_read: there(cacheReads),
    cache_write: there(cacheWrites),
    output: there(outputs) ?? outputs[0] ?? "",
    reasoning: there(reasonings),
    totals: true,
  };
  const { input, cache_read, cache_write, output, reasoning } = paths;
  const names = [input, cache_read, cache_write, output, reasoning];
  return tokenClasses(
    nested(
      attributes,
      names.filter((name) => name !== null),
    ),
    paths,
  );
}

/** Attributes by their names, as an object whose members are found by their paths. */
function nested(attributes: Attributes, names: readonly string[]): JsonObject {
  const root: { [name: string]: Json } = {};
  for (const name of names) {
    const parts = name.split(".");
    let object = root;
    for (const part of parts.slice(0, -1)) {
      const next = { ...(object[part] as JsonObject | undefined) };
      object[part] = next;
      object = next;
    }
    object[parts.at(-1) ?? ""] = attributes[name] ?? null;
  }
  return root;
}

/** By property: the attributes that say it, best first. */
const namesByProperty: Readonly<Record<string, readonly string[]>> = {
  model: ["gen_ai.response.model", "gen_ai.request.model"],
  provider: ["gen_ai.provider.name", "gen_ai.system"],
  operation: ["gen_ai.operation.name", "ai.operationId"],
  function: ["ai.telemetry.functionId"],
  response: ["gen_ai.response.id"],
  service: ["service.name"],
};

export function propertiesOf(attributes: Attributes, resource: Attributes): JsonObject {
  const found: [string, Json][] = [];
  for (const [property, names] of Object.entries(namesByProperty)) {
    const name = names.find((each) => (attributes[each] ?? resource[each] ?? "") !== "");
    const value = name === undefined ? undefined : (attributes[name] ?? resource[name]);
    if (value !== undefined) found.push([property, value]);
  }
  return Object.fromEntries(found);
}

/** Attributes in which prompts and answers stand, or may, but for those of the usage itself. */
const ofWhatWasSaid =
  /prompt|message|content|completion|input|output|text|argument|result|instruction|document|toolcall|tool_call|object$/i;
const ofUsage = /^(gen_ai|ai)\.usage\./;
const textLengthMax = 255;

/** A span without what was said in it, as a request that the door reads. */
export function reducedSpan({
  traceId,
  spanId,
  endTimeUnixNano,
  attributes,
  resource,
}: Span): object {
  const span = {
    traceId: shortText(traceId),
    spanId: shortText(spanId),
    endTimeUnixNano: shortText(endTimeUnixNano),
    attributes: pairsOf(attributes),
  };
  return {
    resourceSpans: [
      { resource: { attributes: pairsOf(resource) }, scopeSpans: [{ spans: [span] }] },
    ],
  };
}

function pairsOf(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]): object[] => {
    if (ofWhatWasSaid.test(key) && !ofUsage.test(key)) return [];
    if (typeof value === "boolean") return [{ key, value: { boolValue: value } }];
    const text = shortText(value);
    return text === null ? [] : [{ key, value: { stringValue: text } }];
  });
}

/** Null for what is no short text and no number. */
function shortText(value: Json): string | null {
  const text = isJsonNumber(value) && flawOf(value) === undefined ? numberText(value) : value;
  return typeof text === "string" && text.length <= textLengthMax ? text : null;
}
