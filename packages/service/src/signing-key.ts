import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";

/** A deployment's key pair. */
export type SigningKey = {
  readonly privateKey: KeyObject;
  /** SPKI, DER: as the first record of `cuts` holds it. */
  readonly publicKey: Buffer;
};

/** The key in a PKCS 8 PEM file, which SIGNING_KEY_FILE names. Throws for any other kind than Ed25519. */
export function readSigningKey(file: string): SigningKey {
  const privateKey = createPrivateKey(readFileSync(file));
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw new Error(
      `SIGNING_KEY_FILE ${file} holds a key of type ${privateKey.asymmetricKeyType}: it must be ed25519`,
    );
  }
  return {
    privateKey,
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "der" }),
  };
}
