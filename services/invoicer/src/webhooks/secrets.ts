import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { endpointKey, fingerprintOf, secretsAt, webhookSecret } from "@tallybook/invoice";
import type { EndpointDeliveries, WebhookSecretIssued, Webhooks } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";

/** Makes the secrets of endpoints, and makes them again whenever something is to be signed. */
export interface Secrets {
  /** The next one of an endpoint, with the fact of it. */
  next(
    webhooks: Webhooks,
    asked: Pick<WebhookSecretIssued, "tenant" | "endpoint" | "actor" | "issued_at"> & {
      readonly overlap: Micros;
    },
  ): { readonly secret: string; readonly issued: WebhookSecretIssued };
  /** Those that sign at a time, the newest first; undefined where the newest was not made of this key. */
  at(of: EndpointDeliveries, at: Micros): readonly string[] | undefined;
}

const bytesMin = 32;

/** Of a file with 32 bytes or more, which nobody else has. Throws where it is shorter or cannot be read. */
export function readSecrets(file: string): Secrets {
  const bytes = readFileSync(file);
  if (bytes.length < bytesMin)
    throw new Error(
      `WEBHOOK_KEY_FILE ${file} has ${bytes.length} bytes: write ${bytesMin} random ones or more, as \`openssl rand -hex 32\` does`,
    );
  return createSecrets(createHash("sha256").update(bytes).digest());
}

export function createSecrets(key: Uint8Array): Secrets {
  const secretOf = ({ tenant, endpoint, number }: WebhookSecretIssued) =>
    webhookSecret(key, { tenant, endpoint, number });
  return {
    next({ byEndpoint }, { tenant, endpoint, actor, issued_at, overlap }) {
      const before = byEndpoint.get(endpointKey(tenant, endpoint))?.secrets[0];
      const number = (before?.number ?? 0) + 1;
      const secret = webhookSecret(key, { tenant, endpoint, number });
      const issued: WebhookSecretIssued = {
        kind: "WebhookSecretIssued",
        tenant,
        endpoint,
        number,
        fingerprint: fingerprintOf(secret),
        previous_until: before === undefined ? null : issued_at + overlap,
        actor,
        issued_at,
      };
      return { secret, issued };
    },
    at(of, at) {
      const issued = secretsAt(of, at);
      const ours = issued.filter((each) =>
        Buffer.from(each.fingerprint).equals(fingerprintOf(secretOf(each))),
      );
      // The one before may be a lost key's: then the new one signs alone.
      return ours[0] === issued[0] ? ours.map(secretOf) : undefined;
    },
  };
}
