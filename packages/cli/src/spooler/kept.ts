import { receivedAtHeader } from "@tallybook/usage";

import { hopHeaders } from "../hop-headers.ts";

/** A request of a producer as it waits on the disk. */
export interface KeptRequest {
  /** When it came, RFC 3339. */
  readonly at: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** It corrects something, or may: it goes after all that came before it, and before all that comes later. */
  readonly isInOrder: boolean;
}

export function textOf({ body, ...request }: KeptRequest): string {
  return JSON.stringify({ ...request, body: body.toString("base64") });
}

/** Throws for a text that `textOf` did not make. */
export function requestOf(text: string): KeptRequest {
  const { body, ...request } = JSON.parse(text) as Omit<KeptRequest, "body"> & { body: string };
  return { ...request, body: Buffer.from(body, "base64") };
}

/** Of one hop, and what the next one says anew. */
const ofHop = new Set([...hopHeaders, "content-length", "host", receivedAtHeader]);

/** The headers that travel on with a request, in pairs. */
export function headersKept(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (!ofHop.has(name.toLowerCase())) pairs.push([name.toLowerCase(), value]);
  }
  return pairs;
}
