import { createPrivateKey, createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

import type { DeploymentMade } from "@tallybook/usage";

/** The deployment's Ed25519 key: PKCS 8, PEM. Throws for any other kind of key. */
export function readSigningKey(file: string): KeyObject {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== "ed25519") {
    throw new Error(
      `SIGNING_KEY_FILE holds a key of type ${key.asymmetricKeyType}: it must be ed25519`,
    );
  }
  return key;
}

/** Throws unless the key is the one that the deployment was made with: nobody could verify what another one signs. */
export function assertOwnKey(key: KeyObject, deployment: DeploymentMade): void {
  const own = createPublicKey(key).export({ type: "spki", format: "der" });
  if (Buffer.compare(own, deployment.public_key) === 0) return;
  throw new Error(
    "SIGNING_KEY_FILE is not the key of this deployment: its public key is in the first record of cuts",
  );
}
