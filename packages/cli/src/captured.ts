import { canonicalJson, isJsonArray, isJsonObject, parseJson } from "@tallybook/usage";
import type { Json, JsonObject } from "@tallybook/usage";
import { Failure } from "./failure.ts";

/** A request that somebody noted as it came. */
export interface CapturedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** By name in lower case: those that a door reads. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What says what a body is, and what an event is called; all others are of the connection, or secret. */
const isRead = /^(content-type|idempotency-key|ce-.+)$/;

/**
 * Reads a file with one captured request, or a list of them: JSON with `url` or `path`, `headers`, and `body` as a text or as JSON, whose
 * numbers keep their digits; `method` is POST unless given. Throws a failure that says what it lacks.
 */
export function readCaptured(text: string, file: string): CapturedRequest[] {
  const read = parseJson(text);
  if (!read.ok) throw new Failure(`${file} is ${read.why}.`);
  const list = isJsonArray(read.value) ? read.value : [read.value];
  return list.map((each, at) => {
    if (isJsonObject(each)) return captured(each, `${file}, request ${at + 1}`);
    throw new Failure(`${file}, request ${at + 1}: a captured request is a JSON object.`);
  });
}

function captured(request: JsonObject, where: string): CapturedRequest {
  const { url = null, path = url, method = "POST", headers = null, body = "" } = request;
  if (typeof path !== "string" || typeof method !== "string")
    throw new Failure(`${where}: it needs a \`url\` or a \`path\`, and a \`method\` is a text.`);
  return {
    method: method.toUpperCase(),
    path: pathOf(path),
    headers: headersIn(headers),
    body: typeof body === "string" ? body : canonicalJson(body),
  };
}

function pathOf(url: string): string {
  const address = URL.parse(url, "http://localhost");
  const path = address?.pathname ?? url;
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

function headersIn(headers: Json): Record<string, string> {
  if (!isJsonObject(headers)) return {};
  const named = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name.toLowerCase(), value] as const] : [],
  );
  return Object.fromEntries(named.filter(([name]) => isRead.test(name)));
}
