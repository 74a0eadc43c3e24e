/** One field of a request that was refused. */
export interface FieldProblem {
  /** A path like `plans[0].prices[1].tiers[2].up_to`; null where the whole is at fault. */
  readonly field: string | null;
  readonly reason: string;
  readonly detail: string;
}

/** An answer that is not 2xx, as RFC 9457 describes it. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** What is wrong, field by field, where the service says so. */
  readonly errors: readonly FieldProblem[];
  /** The problem document as it came. */
  readonly body: Readonly<Record<string, unknown>>;
  /** From the header Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  constructor(request: string, response: Response, body: Readonly<Record<string, unknown>>) {
    const title = textOf(body["title"]) ?? response.statusText;
    const detail = textOf(body["detail"]) ?? "";
    super(`${request}: ${response.status} ${title}${detail === "" ? "" : `: ${detail}`}`);
    this.status = response.status;
    this.title = title;
    this.detail = detail;
    this.errors = errorsOf(body);
    this.body = body;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined;
  }

  /** The same request may succeed later. */
  get isPassing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** Nobody answered, or not in time. Whether the request took effect is unknown. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

export interface ClientOptions {
  /** The one address of the deployment, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly key: string;
  /** Milliseconds until a request counts as unanswered; 60,000 unless given. */
  readonly answerMsMax?: number;
  readonly fetch?: typeof fetch;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** A body that is JSON already. */
  readonly text?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer is a page, and given as its text, or a file, and given as its bytes; JSON that is read unless given. */
  readonly as?: "page" | "bytes";
  /** Ends the request: then nobody knows whether it took effect. */
  readonly signal?: AbortSignal;
}

/** Asks, and reads the answer. Throws `ApiProblem` for an answer that is not 2xx, and `Unanswered` for none. */
export type Ask = <Answer>(path: string, call?: Call) => Promise<Answer>;

export function createAsk(options: ClientOptions): Ask {
  const base = options.url.replace(/\/+$/, "");
  const send = options.fetch ?? fetch;
  return async function ask<Answer>(path: string, call: Call = {}): Promise<Answer> {
    const body = call.text ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    const method = call.method ?? (body === undefined ? "GET" : "POST");
    const request = `${method} ${path}`;
    const headers: Record<string, string> = {
      ...call.headers,
      authorization: `Bearer ${options.key}`,
    };
    if (call.as === "page") headers["accept"] = "text/html";
    if (body !== undefined) headers["content-type"] = "application/json";
    const late = AbortSignal.timeout(options.answerMsMax ?? 60_000);
    const signal = call.signal === undefined ? late : AbortSignal.any([late, call.signal]);
    const init: RequestInit = { method, headers, signal };
    if (body !== undefined) init.body = body;
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await send(base + path + queryText(call.query), init);
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw new Unanswered(`${request}: ${reasonOf(error)}`, { cause: error });
    }
    if (call.as === "bytes" && response.ok) return bytes as Answer;
    const text = new TextDecoder().decode(bytes);
    if (!response.ok) throw new ApiProblem(request, response, readObject(text));
    if (call.as === "page") return text as Answer;
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  };
}

function queryText(query: Call["query"]): string {
  const pairs = Object.entries(query ?? {}).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  } catch {
    // Something between us and the service answered in its own words.
  }
  return { detail: text.slice(0, 500) };
}

function errorsOf(body: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  if (Array.isArray(body["errors"])) return body["errors"] as FieldProblem[];
  const reason = textOf(body["reason"]);
  if (reason === undefined) return [];
  return [{ field: textOf(body["field"]) ?? null, reason, detail: textOf(body["detail"]) ?? "" }];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
