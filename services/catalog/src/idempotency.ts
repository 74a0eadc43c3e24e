import { createHash } from "node:crypto";
import { Problem, unfit, type HttpRequest, type JsonSchema } from "@tallybook/service";
import type { Command } from "./commands.ts";

const keyLengthMax = 255;

/** What the document says of the header that every command takes. */
export const idempotencyHeader: Readonly<Record<string, JsonSchema>> = {
  "Idempotency-Key": {
    type: "string",
    minLength: 1,
    maxLength: keyLengthMax,
    pattern: "^[\\x21-\\x7e]+$",
    description:
      "Any text that tells this command from others. Sent again with the same body within seven days it changes nothing and is answered as before; with another body it is refused with 422, and with 409 while the first is under way.",
  },
};

/** Tells the orders of each request apart, and keeps two requests with one key from running at once. */
export interface Idempotency {
  /** Undefined for a request without the header. Throws a Problem (400) for one that is no key. */
  next(request: HttpRequest): Command | undefined;
  /** Does it unless the same is under way: then a Problem (409). */
  alone<Result>(tenant: string, command: Command, work: () => Promise<Result>): Promise<Result>;
}

export function createIdempotency(): Idempotency {
  const steps = new WeakMap<HttpRequest, number>();
  const underWay = new Set<string>();
  return {
    next(request) {
      const key = keyOf(request);
      if (key === undefined) return undefined;
      const step = steps.get(request) ?? 0;
      steps.set(request, step + 1);
      return { key, step, request: digestOf(request) };
    },
    async alone(tenant, { key, step }, work) {
      const name = JSON.stringify([tenant, key, step]);
      if (underWay.has(name)) throw inFlight(key);
      underWay.add(name);
      try {
        return await work();
      } finally {
        underWay.delete(name);
      }
    },
  };
}

/** 422: the key was used for something else. */
export function usedOtherwise(key: string): Problem {
  const detail = `The Idempotency-Key ${key} was used for another request: choose a new one, or send what it was used for.`;
  return new Problem({ status: 422, title: "Idempotency-Key was used otherwise", detail });
}

function inFlight(key: string): Problem {
  const detail = `A request with the Idempotency-Key ${key} is under way: ask again when it is answered.`;
  const headers = { "retry-after": "1" };
  return new Problem({ status: 409, title: "Request under way", detail, headers });
}

function keyOf({ headers }: HttpRequest): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && key.length <= keyLengthMax && /^[\x21-\x7e]+$/.test(key))
    return key;
  throw unfit(
    "Idempotency-Key",
    `it must be 1 to ${keyLengthMax} printable ASCII characters without spaces`,
  );
}

function digestOf({ method, url, body }: HttpRequest): Uint8Array {
  const digest = createHash("sha256").update(`${method} ${url}\n`);
  return (Buffer.isBuffer(body) ? digest.update(body) : digest).digest();
}
