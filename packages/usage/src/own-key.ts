import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

import type { DeploymentMade } from "./facts.ts";

/** Throws unless the key is the one that the deployment was made with: nobody could verify what another one signs. */
export function assertOwnKey(key: KeyObject, deployment: DeploymentMade): void {
  const own = createPublicKey(key).export({ type: "spki", format: "der" });
  if (Buffer.compare(own, deployment.public_key) === 0) return;
  throw new Error(
    "SIGNING_KEY_FILE is not the key of this deployment: its public key is in the first record of cuts",
  );
}
