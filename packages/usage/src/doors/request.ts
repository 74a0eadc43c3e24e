import type { HeaderValues } from "../cloud-event-headers.ts";
import { parseJson, type Json } from "../json.ts";
import type { Fault } from "./door.ts";

/** A request as a door sees it: decompressed, and not yet understood. */
export interface DoorRequest {
  readonly path: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** The headers again, with all values of those that were sent more than once. */
  distinct(): HeaderValues;
  /** The body as JSON, read once. */
  json(): JsonRead;
}

export type JsonRead =
  | { readonly ok: true; readonly text: string; readonly value: Json }
  | ({ readonly ok: false } & Fault);

/** A request of which headers are known by name in lower case. */
export function doorRequest(
  given: Pick<DoorRequest, "path" | "headers" | "body"> & {
    readonly distinct?: () => HeaderValues;
  },
): DoorRequest {
  const { path, headers, body, distinct = () => manyOf(headers) } = given;
  let read: JsonRead | undefined;
  return { path, headers, body, distinct, json: () => (read ??= readJson(body, "the body")) };
}

/** The first value of a header; empty where it was not sent. */
export function headerOf({ headers }: Pick<DoorRequest, "headers">, name: string): string {
  const value = headers[name] ?? "";
  return typeof value === "string" ? value : (value[0] ?? "");
}

/** What a request says its body is, without parameters, in lower case; empty where it says nothing. */
export function mediaTypeOf(request: Pick<DoorRequest, "headers">): string {
  return (headerOf(request, "content-type").split(";", 1)[0] ?? "").trim().toLowerCase();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads bytes as JSON; `what` names them in what is wrong. */
export function readJson(bytes: Uint8Array, what: string): JsonRead {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, field: null, reason: "not_utf8", detail: `${what} is not UTF-8` };
  }
  const json = parseJson(text);
  if (json.ok) return { ok: true, text, value: json.value };
  return { ok: false, field: null, reason: "not_json", detail: `${what} is ${json.why}` };
}

function manyOf(headers: DoorRequest["headers"]): HeaderValues {
  const pairs = Object.entries(headers).map(([name, value]) => {
    const values = typeof value === "string" ? [value] : value;
    return [name, values] as const;
  });
  return Object.fromEntries(pairs);
}
