import { isJsonArray, isJsonObject, type Json, type JsonObject } from "../json.ts";
import { NotProtobuf, wireFields, type WireField } from "../protobuf.ts";

/** A span as the door looks at it: who it is, when it ended, and what is said of it and of the process that made it. */
export interface Span {
  /** Hex digits, as they came. */
  readonly traceId: Json;
  readonly spanId: Json;
  /** Nanoseconds since 1970. */
  readonly endTimeUnixNano: Json;
  /** Those whose values are texts, numbers and truth values. */
  readonly attributes: Attributes;
  readonly resource: Attributes;
}

export type Attributes = Readonly<Record<string, Json>>;

/** The spans of a body; a text says why it holds none. */
export type SpansRead = readonly Span[] | string;

/** An `ExportTraceServiceRequest` in JSON. Source: OTLP 1.9, "JSON Protobuf Encoding". */
export function spansInJson(body: Json): SpansRead {
  if (!isJsonObject(body)) return "is no object with `resourceSpans`";
  const spans: Span[] = [];
  for (const group of listIn(body, "resourceSpans")) {
    const resource = attributesInJson(
      listIn(isJsonObject(group) ? group["resource"] : null, "attributes"),
    );
    for (const scope of listIn(group, "scopeSpans")) {
      for (const span of listIn(scope, "spans")) {
        if (!isJsonObject(span)) return "has a span that is no object";
        const { traceId = null, spanId = null, endTimeUnixNano = null } = span;
        const attributes = attributesInJson(listIn(span, "attributes"));
        spans.push({ traceId, spanId, endTimeUnixNano, attributes, resource });
      }
    }
  }
  return spans;
}

function listIn(value: Json | undefined, name: string): readonly Json[] {
  const list = isJsonObject(value) ? value[name] : undefined;
  return isJsonArray(list) ? list : [];
}

function attributesInJson(list: readonly Json[]): Attributes {
  const found: [string, Json][] = [];
  for (const pair of list) {
    if (!isJsonObject(pair) || typeof pair["key"] !== "string") continue;
    const value = scalarIn(isJsonObject(pair["value"]) ? pair["value"] : {});
    if (value !== undefined) found.push([pair["key"], value]);
  }
  return Object.fromEntries(found);
}

function scalarIn(value: JsonObject): Json | undefined {
  for (const kind of ["stringValue", "intValue", "doubleValue", "boolValue"]) {
    const scalar = value[kind] ?? null;
    if (scalar !== null && !isJsonObject(scalar) && !isJsonArray(scalar)) return scalar;
  }
  return undefined;
}

/** The same in protobuf. Source: opentelemetry-proto 1.9, trace.proto and common.proto. */
export function spansInProtobuf(body: Uint8Array): SpansRead {
  try {
    return messages(body, 1).flatMap((group) => {
      const resource = attributesIn(messages(group, 1), 1);
      return messages(group, 2)
        .flatMap((scope) => messages(scope, 2))
        .map((span) => spanOf(span, resource));
    });
  } catch (error) {
    if (error instanceof NotProtobuf) return `is not protobuf: ${error.message}`;
    throw error;
  }
}

function spanOf(bytes: Uint8Array, resource: Attributes): Span {
  let [traceId, spanId, end]: [Json, Json, Json] = [null, null, null];
  for (const field of wireFields(bytes)) {
    if (field.number === 1) traceId = hexOf(field);
    if (field.number === 2) spanId = hexOf(field);
    if (field.number === 8 && typeof field.value === "bigint") end = String(field.value);
  }
  return { traceId, spanId, endTimeUnixNano: end, attributes: attributesIn([bytes], 9), resource };
}

/** The messages that stand in a field of another. */
function messages(bytes: Uint8Array, number: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const field of wireFields(bytes))
    if (field.number === number && field.value instanceof Uint8Array) found.push(field.value);
  return found;
}

function hexOf({ value }: WireField): Json {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : null;
}

/** The attributes of messages that have them in that field. */
function attributesIn(holders: readonly Uint8Array[], number: number): Attributes {
  const found: [string, Json][] = [];
  for (const pair of holders.flatMap((holder) => messages(holder, number))) {
    const [key] = messages(pair, 1);
    const value = messages(pair, 2).map(anyValue).at(-1);
    if (key !== undefined && value !== undefined) found.push([textOf(key), value]);
  }
  return Object.fromEntries(found);
}

function anyValue(bytes: Uint8Array): Json | undefined {
  let found: Json | undefined;
  for (const { number, value, kind } of wireFields(bytes)) {
    if (number === 1 && value instanceof Uint8Array) found = textOf(value);
    if (number === 2 && typeof value === "bigint") found = value !== 0n;
    // As text: a number of JavaScript would not hold all of them.
    if (number === 3 && typeof value === "bigint") found = String(BigInt.asIntN(64, value));
    if (number === 4 && kind === "fixed64" && typeof value === "bigint") found = doubleText(value);
  }
  return found;
}

function doubleText(bits: bigint): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return String(view.getFloat64(0));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
