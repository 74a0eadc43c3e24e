import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import {
  countedResults,
  doorRequest,
  doorsByPath,
  enter,
  resultOf,
  stripeSessionPath,
  usualMapping,
  type Door,
  type Failed,
  type Split,
  type Taken,
} from "@tallybook/usage";
import { headersKept, type KeptRequest } from "./kept.ts";

/** What a spooler makes of a request, before anything is on the disk. */
export type Entrance =
  /** Is no front door's: the deployment itself answers it. */
  | { readonly kind: "pass" }
  | { readonly kind: "answer"; readonly answer: SpoolAnswer }
  /** Is to be on the disk before it is answered so. */
  | { readonly kind: "keep"; readonly request: KeptRequest; readonly answer: SpoolAnswer };

export interface SpoolAnswer {
  readonly status: number;
  readonly type: string;
  /** Null: no body at all. */
  readonly body: object | null;
}

export interface Posted {
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Milliseconds of the wall clock. */
  readonly now: number;
  /** For a request that has none of its own. */
  readonly newKey: () => string;
}

/** Doors whose items mean the same to every tenant: what is wrong there is wrong for good. */
const meansTheSame: ReadonlySet<string> = new Set(["native", "cloudevents"]);

/**
 * Reads a request as its door does, so that its client has the answer that it waits for. What only the deployment knows, such as a
 * tenant's mapping and the window of times, is left to it: it comes to light when the request is forwarded.
 */
export function enterSpool(posted: Posted): Entrance {
  const path = pathOf(posted.path);
  if (path === stripeSessionPath) return { kind: "answer", answer: sessionOf(posted) };
  const atPath = doorsByPath.get(path);
  if (atPath === undefined) return { kind: "pass" };
  const headers = new Map(headersKept(posted.rawHeaders));
  const bytesMax = Math.max(...atPath.map(({ bodyBytesMax }) => bodyBytesMax));
  const plain = decompressed(posted.body, headers.get("content-encoding") ?? "", bytesMax);
  if (!Buffer.isBuffer(plain)) return refusal(atPath[0], plain);
  if (atPath.some(({ needsKey }) => needsKey === true) && !headers.has("idempotency-key"))
    headers.set("idempotency-key", posted.newKey());
  const request = doorRequest({ path, headers: Object.fromEntries(headers), body: plain });
  const entered = enter(request);
  if ("unsupported" in entered)
    return refusal(atPath[0], { status: 415, detail: entered.unsupported });
  const { door, split } = entered;
  if (split.kind === "too_many")
    return refusal(door, { status: 413, detail: `${split.count} items are too many: split them.` });
  if (split.kind === "unreadable") return refusal(door, { status: 400, ...split.fault });
  return keep(door, split, { ...posted, headers, isInOrder: false });
}

function keep(
  door: Door,
  split: Extract<Split, { readonly kind: "items" }>,
  posted: Posted & Pick<KeptRequest, "isInOrder"> & { readonly headers: Map<string, string> },
): Entrance {
  const taken = split.items.map((item) => takenOf(door, item, posted.now));
  const good = taken.filter(({ ok }) => ok);
  const bad = taken.find((one) => !one.ok);
  if (meansTheSame.has(door.name) && bad !== undefined && good.length === 0) {
    const { index: _, ...own } = resultOf(bad);
    const members = split.isMany ? countedResults(taken.map(resultOf)) : own;
    return refusal(door, { status: 400, ...bad.fault }, members);
  }
  const success = door.success(meansTheSame.has(door.name) ? taken : good, split.isMany);
  const answer = { ...success, type: "application/json" };
  if (split.items.length === 0) return { kind: "answer", answer };
  const reduced = door.reduced?.(split.items);
  if (reduced !== undefined) {
    posted.headers.set("content-type", reduced.type);
    posted.headers.delete("content-encoding");
  }
  const request = {
    at: new Date(posted.now).toISOString(),
    path: posted.path,
    headers: [...posted.headers],
    body: reduced === undefined ? posted.body : Buffer.from(reduced.body),
    // What cannot be read here may still be a correction.
    isInOrder: taken.some((one) => !one.ok || one.event.target !== null),
  };
  return { kind: "keep", request, answer };
}

function takenOf(door: Door, item: Taken["item"], now: number): Taken {
  const { read } = item;
  if (!read.ok) return { item, form: door, ok: false, fault: read };
  const form = door.formOf?.(read.value) ?? door;
  const made = form.read(read.value, {
    // Whose it is the key tells the deployment.
    tenant: "spool",
    api_key: "spool",
    door: form.name,
    received_at: now * 1_000,
    mapping: usualMapping,
    ownerOf: () => undefined,
  });
  return made.ok
    ? { item, form, ok: true, event: made.event }
    : { item, form, ok: false, fault: made };
}

/** Without its query, and without a slash at the end, as the doors are found by it. */
function pathOf(url: string): string {
  return (url.split("?", 1)[0] ?? "").replace(/(?<=.)\/$/, "");
}

/** Fifteen minutes, as Stripe has it. */
const sessionMs = 15 * 60_000;

/**
 * A session that outlives every outage: its token is the key itself, which the client has already, so that nothing of the
 * stream is too late when it is forwarded.
 */
function sessionOf({ rawHeaders, now, newKey }: Posted): SpoolAnswer {
  const headers = new Map(headersKept(rawHeaders));
  const [, key = ""] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  const body = {
    id: `mes_${newKey()}`,
    object: "v2.billing.meter_event_session",
    authentication_token: key,
    created: new Date(now).toISOString(),
    expires_at: new Date(now + sessionMs).toISOString(),
    livemode: true,
  };
  return { status: 200, type: "application/json", body };
}

function decompressed(body: Buffer, encoding: string, bytesMax: number): Buffer | Failed {
  const name = encoding.trim().toLowerCase();
  const tooLarge = { status: 413, detail: `A body has at most ${bytesMax} bytes, decompressed.` };
  if (name === "" || name === "identity") return body.length > bytesMax ? tooLarge : body;
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decode === undefined)
    return { status: 415, detail: `Content-Encoding ${name.slice(0, 100)} is not read.` };
  try {
    return decode(body, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") return tooLarge;
    return { status: 400, detail: `The body is not whole as ${name}: ${message}.` };
  }
}

const decoders: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>
> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

function refusal(door: Door | undefined, failed: Failed, members: object = {}): Entrance {
  return { kind: "answer", answer: failureOf(door, failed, members) };
}

/** An answer that says no, in the words of the door's clients. */
export function failureOf(
  door: Door | undefined,
  failed: Failed,
  members: object = {},
): SpoolAnswer {
  const { status, detail, field = null, reason } = failed;
  const own = door?.failure?.(failed);
  if (own !== undefined) return { status, type: "application/json", body: own };
  const named = reason === undefined ? members : { ...members, field, reason };
  const text = field === null ? detail : `${field}: ${detail}`;
  const body = { type: "about:blank", title: "Not taken", status, detail: text, ...named };
  return { status, type: "application/problem+json", body };
}

/** The door whose words an answer for a path is in. */
export function doorAt(path: string): Door | undefined {
  return doorsByPath.get(pathOf(path))?.[0];
}
