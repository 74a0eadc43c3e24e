import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Standard Webhooks 1.0: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const prefix = "whsec_";
const bytesOfSecret = 32;
/** Old ones and such of the future are refused: somebody may have kept a message to send it again. */
const toleranceSeconds = 300;

/** What of a message is signed. */
export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The nth secret of an endpoint, as its owner gets it: `whsec_` and base64. It follows from the deployment's key (32 bytes or more), so
 * that no fact and no store ever holds it.
 */
export function webhookSecret(
  key: Uint8Array,
  { tenant, endpoint, number }: { tenant: string; endpoint: string; number: number },
): string {
  const of = JSON.stringify(["tallybook webhook secret", tenant, endpoint, number]);
  return `${prefix}${createHmac("sha256", key).update(of).digest("base64")}`;
}

/** By which a secret is recognized that is made again. */
export function fingerprintOf(secret: string): Uint8Array {
  return createHash("sha256").update(bytesOf(secret)).digest().subarray(0, 8);
}

/** The `webhook-signature`: one signature by each secret, the newest first, with blanks between. */
export function signatures(message: SignedMessage, secrets: readonly string[]): string {
  return secrets.map((secret) => `v1,${signature(message, secret).toString("base64")}`).join(" ");
}

export type Verified =
  | { readonly kind: "verified" }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Whether a message is by who has the secret, and is of these minutes. `now`: seconds since 1970. Throws where the secret is none.
 */
export function verifyMessage(
  { id, timestamp, body }: { id: string; timestamp: string; body: string },
  given: string,
  secret: string,
  now: number,
): Verified {
  if (!/^\d{1,12}$/.test(timestamp)) return refused("webhook-timestamp is no number of seconds");
  const sent = BigInt(timestamp);
  const apart = sent > BigInt(now) ? sent - BigInt(now) : BigInt(now) - sent;
  if (apart > BigInt(toleranceSeconds))
    return refused(`webhook-timestamp is ${apart} seconds from now, at most 300 are taken`);
  const expected = hmac(`${id}.${timestamp}.${body}`, secret);
  const isOurs = given.split(" ").some((each) => {
    const [version, text = ""] = each.split(",");
    const bytes = Buffer.from(text, "base64");
    return version === "v1" && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  return isOurs ? { kind: "verified" } : refused("no webhook-signature is by this secret");
}

function signature({ id, timestamp, body }: SignedMessage, secret: string): Buffer {
  return hmac(`${id}.${timestamp}.${body}`, secret);
}

function hmac(text: string, secret: string): Buffer {
  return createHmac("sha256", bytesOf(secret)).update(text).digest();
}

/** Whether a text is a secret that can sign: the prefix, and the base64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  const { length } = bytesIn(text);
  return length >= 24 && length <= 64;
}

function bytesIn(secret: string): Buffer {
  return Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : "", "base64");
}

function bytesOf(secret: string): Buffer {
  if (isWebhookSecret(secret)) return bytesIn(secret);
  throw new Error(
    `a secret is ${prefix} and the base64 of 24 to 64 bytes, such as ${bytesOfSecret}: this one is not`,
  );
}

function refused(why: string): Verified {
  return { kind: "refused", why };
}
