import { createHash, randomBytes } from "node:crypto";
import type { NewKey } from "./orders/keys.ts";

/** A new API key: 256 bits that nobody but its holder keeps. */
export function makeKey(): NewKey & { readonly key: string } {
  const key = `tally_${randomBytes(32).toString("base64url")}`;
  const hash = createHash("sha256").update(key).digest();
  return { key, hash, api_key: makeKeyId() };
}

/** What a key is called where it must not be shown. */
export function makeKeyId(): string {
  return `key-${randomBytes(8).toString("hex")}`;
}
