import { createHash, createHmac, hash } from "node:crypto";

import { formatTime } from "@tallybook/periods";

import type { UsageReported } from "./facts.ts";

/** What of a usage event is its content: all that the producer said, and nothing that we added. */
export type EventContent = Pick<
  UsageReported,
  | "tenant"
  | "source"
  | "id"
  | "type"
  | "customer"
  | "subscription"
  | "time"
  | "properties"
  | "target"
  | "personal"
  | "correction"
>;

/**
 * The canonical bytes of a usage event: JSON with its keys in code unit order and no white space (RFC 8785), every value
 * text or null, times in RFC 3339, personal attributes as the hex of their ciphertext; of a correction its reason, and whether it
 * retracts, too. A time that the producer did not
 * give is null, whatever we took for it later.
 */
export function canonicalBytes(event: EventContent): Buffer {
  return Buffer.from(canonicalText(event));
}

function canonicalText(event: EventContent): string {
  const time = event.time === null ? null : formatTime(event.time);
  return (
    `{"customer":${quoted(event.customer)},"id":${quoted(event.id)}` +
    `,"personal":${sortedObject(event.personal, (bytes) => Buffer.from(bytes).toString("hex"))}` +
    `,"properties":${sortedObject(event.properties, (text) => text)}${correctionText(event)}` +
    `,"source":${quoted(event.source)},"subscription":${quoted(event.subscription)}` +
    `,"target":${quoted(event.target)},"tenant":${quoted(event.tenant)}` +
    `,"time":${quoted(time)},"type":${quoted(event.type)}}`
  );
}

// Only of a correction, so that the bytes of all other events are what they always were.
function correctionText({ correction }: EventContent): string {
  if (correction === null) return "";
  return `,"reason":${quoted(correction.reason)},"retracts":${quoted(String(correction.retracts))}`;
}

/** SHA-256 of the canonical bytes: the same id with another hash is a conflict, not a repeat. */
export function contentHash(event: EventContent): Buffer {
  return hash("sha256", canonicalText(event), "buffer");
}

/**
 * The leaf of an event in a part's tree: SHA-256(0x00 ‖ salt ‖ canonical bytes), salt = HMAC-SHA256(tenant key, identity).
 * The prefix is RFC 6962's for leaves; the salt keeps a neighbour's hash from being guessed.
 */
export function leafHash(
  tenantKey: Uint8Array,
  identity: Uint8Array,
  canonical: Uint8Array,
): Buffer {
  const salt = createHmac("sha256", tenantKey).update(identity).digest();
  return createHash("sha256").update(Uint8Array.of(0)).update(salt).update(canonical).digest();
}

/** What JSON writes otherwise than it stands: quotes, backslashes, control characters, and halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string | null): string {
  if (text === null) return "null";
  return escaped.test(text) ? JSON.stringify(text) : `"${text}"`;
}

// Written out by hand: an object would move keys that look like array indexes to the front.
function sortedObject<Value>(
  record: Readonly<Record<string, Value>>,
  toText: (value: Value) => string,
): string {
  const keys = Object.keys(record);
  if (keys.length > 1) keys.sort();
  let text = "{";
  for (const key of keys) {
    if (text.length > 1) text += ",";
    text += `${quoted(key)}:${quoted(toText(record[key] as Value))}`;
  }
  return `${text}}`;
}
