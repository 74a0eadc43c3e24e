import type { RawFact, RawRecord } from "@tallybook/usage";

import { decode, Undecodable } from "./frame.ts";
import { topics } from "./topics.ts";

/** Bytes on `usage.raw` that are no fact of it, and why. */
export interface Unreadable {
  readonly kind: "Unreadable";
  readonly detail: string;
}

/** What a record of `usage.raw` holds: anybody may write there, so that it may be anything. */
export function readRaw(value: Buffer): RawFact | Unreadable {
  try {
    const fact = decode(value);
    if (
      fact.kind === "UsageReported" ||
      fact.kind === "UsageRefused" ||
      fact.kind === "BarrierPlaced"
    )
      return fact;
    return { kind: "Unreadable", detail: `a ${fact.kind} does not belong on ${topics.usageRaw}` };
  } catch (error) {
    if (error instanceof Undecodable) return { kind: "Unreadable", detail: error.message };
    throw error;
  }
}

/**
 * A record with what it holds, as `decide` takes it; its time is in milliseconds, as Kafka has it. A barrier that is to be decided is none
 * that the closer signed for this partition.
 */
export function undecided(
  record: {
    readonly offset: number;
    readonly timestamp: number;
    readonly key: Uint8Array | null;
    readonly value: Uint8Array;
  },
  fact: RawFact | Unreadable,
): RawRecord {
  const { offset, timestamp, key, value } = record;
  const place = { offset, appended_at: timestamp * 1_000, key, bytes: value };
  switch (fact.kind) {
    case "Unreadable":
      return { ...place, fact: null, detail: fact.detail };
    case "BarrierPlaced":
      return {
        ...place,
        fact: null,
        detail: "a barrier that the closer did not sign for this partition",
      };
    case "UsageRefused":
    case "UsageReported":
      return { ...place, fact, detail: "" };
  }
}
