import { createHmac, timingSafeEqual } from "node:crypto";

/** Where a session for the stream of meter events is asked for. */
export const stripeSessionPath = "/v2/billing/meter_event_session";
/** As long as Stripe's own. */
export const sessionSeconds = 15 * 60;

/** Whose session it is, and until when, in whole seconds since 1970. */
export interface Session {
  readonly tenant: string;
  readonly api_key: string;
  readonly expires: number;
}

const prefix = "mes";

/**
 * The token of a session: what it says, and a signature by the hash of the API key, which every instance knows and nobody
 * outside. So it needs no place of its own, and ends with its key.
 */
export function sessionToken(session: Session, keyHash: string): string {
  const { tenant, api_key, expires } = session;
  const said = Buffer.from(JSON.stringify([tenant, api_key, expires])).toString("base64url");
  return `${prefix}.${said}.${signatureOf(said, keyHash).toString("base64url")}`;
}

/** The session of a token; undefined for anything else, for one that has ended, and where the key's hash is not known. */
export function sessionOf(
  token: string,
  now: number,
  keyHashOf: (session: Session) => string | undefined,
): Session | undefined {
  const [, said = "", signature = ""] = /^mes\.([\w-]{1,1000})\.([\w-]{43})$/.exec(token) ?? [];
  const session = sessionIn(said);
  if (session === undefined || now >= session.expires) return undefined;
  const keyHash = keyHashOf(session);
  if (keyHash === undefined) return undefined;
  const given = Buffer.from(signature, "base64url");
  const right = signatureOf(said, keyHash);
  return given.length === right.length && timingSafeEqual(given, right) ? session : undefined;
}

function sessionIn(said: string): Session | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(said, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [tenant, api_key, expires] = parts as readonly unknown[];
  if (typeof tenant !== "string" || typeof api_key !== "string") return undefined;
  return typeof expires === "number" ? { tenant, api_key, expires } : undefined;
}

function signatureOf(said: string, keyHash: string): Buffer {
  return createHmac("sha256", keyHash).update(`${prefix}.${said}`).digest();
}
