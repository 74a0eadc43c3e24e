import { createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

import type { BarrierPlaced } from "./facts.ts";

type Unsigned = Omit<BarrierPlaced, "kind" | "signature">;

/** A barrier, signed: whoever can write to `usage.raw` still cannot end a cut. */
export function signBarrier(barrier: Unsigned, key: KeyObject): BarrierPlaced {
  return { kind: "BarrierPlaced", ...barrier, signature: sign(null, signedBytes(barrier), key) };
}

/** Whether a barrier is signed by the deployment's key. */
export function isSigned(barrier: BarrierPlaced, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(barrier), publicKey, barrier.signature);
}

/** The deployment's public key as record 0 of `cuts` holds it: SPKI, DER. */
export function readPublicKey(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
}

function signedBytes({ cut, partition, time, catalog_offset }: Unsigned): Buffer {
  return Buffer.from(JSON.stringify(["tallybook barrier", cut, partition, time, catalog_offset]));
}
