import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { rangeKey, withClaim } from "@tallybook/usage";
import type { Claim, Window } from "@tallybook/usage";
import { onTestFinished } from "vitest";

import type { IdentityStore } from "../src/index.ts";

/** A folder of the test's own, gone when it is over. */
export function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "tallybook-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store that forgets nothing: no claim, no window, no range. */
export function createEverlastingStore(): IdentityStore {
  const claimsByIdentity = new Map<string, Claim>();
  const ranges = new Map<string, Claim>();
  const kept: Window[] = [];
  const nameIn = (backfill: number, identity: Uint8Array) =>
    rangeKey(backfill, identity).toString("hex");
  let last = -1;
  let settled = -1;
  return {
    claimOf: (identity) => claimsByIdentity.get(Buffer.from(identity).toString("hex")),
    claimIn: (backfill, identity) => ranges.get(nameIn(backfill, identity)),
    windows: () => kept,
    position: () => last,
    committed: () => settled,
    async collect(ranged) {
      for (const { backfill, identity, claim } of ranged) {
        const name = nameIn(backfill, identity);
        ranges.set(name, withClaim(ranges.get(name), claim));
      }
    },
    async apply({ claims, ranged, windows, position, committed }) {
      for (const { backfill, identity, claim } of ranged)
        ranges.set(nameIn(backfill, identity), claim);
      for (const { identity, claim } of claims)
        claimsByIdentity.set(Buffer.from(identity).toString("hex"), claim);
      kept.push(...windows);
      last = Math.max(last, position);
      settled = Math.max(settled, committed);
    },
    async close() {},
  };
}
