import { readFileSync } from "node:fs";

import { canonicalBytes, contentHash, identityKey, leafHash, murmur2, partitionOf } from "@tallybook/usage";
import { decode, encode, schemaOf, schemas } from "@tallybook/wire";
import { describe, expect, test } from "vitest";

import { fromJson, toJson } from "./json.ts";

interface EventVector {
  readonly name: string;
  readonly event: never;
  readonly canonical: string;
  readonly sha256: string;
  readonly tenant_key: string;
  readonly leaf: string;
}

interface KeyVector {
  readonly identity: readonly [string, string, string];
  readonly key: string;
  readonly murmur2: number;
  readonly partition_of_4: number;
}

interface FactVector {
  readonly frame: string;
  readonly fact: never;
}

function read<Vector>(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Vector[];
}

describe("canonical bytes and leaves are frozen", () => {
  for (const vector of read<EventVector>("events.json")) {
    test(vector.name, () => {
      const { tenant, source, id } = fromJson(vector.event) as { tenant: string; source: string; id: string };
      const event = fromJson(vector.event) as Parameters<typeof canonicalBytes>[0];
      const canonical = canonicalBytes(event);
      expect(canonical.toString()).toBe(vector.canonical);
      expect(contentHash(event).toString("hex")).toBe(vector.sha256);
      const leaf = leafHash(Buffer.from(vector.tenant_key, "hex"), identityKey(tenant, source, id), canonical);
      expect(leaf.toString("hex")).toBe(vector.leaf);
    });
  }
});

describe("record keys and partitions are Kafka's own", () => {
  for (const vector of read<KeyVector>("keys.json")) {
    test(JSON.stringify(vector.identity), () => {
      const key = identityKey(...vector.identity);
      expect(key.toString("hex")).toBe(vector.key);
      expect(murmur2(key)).toBe(vector.murmur2);
      expect(partitionOf(key, 4)).toBe(vector.partition_of_4);
    });
  }
});

describe("what was ever written still decodes", () => {
  const vectors = read<FactVector>("facts.json");
  for (const { frame, fact } of vectors) {
    const expected = fromJson(fact) as ReturnType<typeof decode>;
    const bytes = Buffer.from(frame, "hex");
    test(`${expected.kind}, schema ${bytes.readUInt32BE(1)}`, () => {
      expect(toJson(decode(bytes))).toEqual(fact);
      // What an older schema wrote is written by the newest one, and says the same.
      const isOfNewest = schemaOf(expected.kind).id === bytes.readUInt32BE(1);
      const again = encode(expected);
      if (isOfNewest) expect(again.toString("hex")).toBe(frame);
      else expect(toJson(decode(again))).toEqual(fact);
    });
  }

  test("every schema has a vector", () => {
    const ids = new Set(vectors.map(({ frame }) => Buffer.from(frame, "hex").readUInt32BE(1)));
    expect([...schemas.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });
});
