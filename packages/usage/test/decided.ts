import { decide, identityKey, isInRange, rangedClaim } from "../src/index.ts";
import type {
  Claim,
  Corrected,
  Place,
  RawRecord,
  UsageAccepted,
  UsageReported,
  Window,
} from "../src/index.ts";

export const second = 1_000_000;
export const barrier = 1_700_000_000 * second;
export const window: Window = {
  raw_offset: 0,
  cut: 1,
  time: barrier,
  catalog_offset: 3,
  lower_bound: barrier - 60 * second,
  ahead_seconds: 10,
  interval_seconds: 5,
  simulated: true,
  backfills: [],
};

export function eventOf(part: Partial<UsageReported> = {}): UsageReported {
  return {
    kind: "UsageReported",
    tenant: "acme-ai",
    source: "",
    id: "a",
    type: "llm.completion",
    customer: "cust-00",
    subscription: null,
    time: barrier,
    properties: { input_token_count: "7" },
    received_at: barrier,
    door: "native",
    api_key: "k1",
    target: null,
    personal: {},
    correction: null,
    backfill: null,
    ...part,
  };
}

export function recordOf(offset: number, event: UsageReported): RawRecord {
  const key = identityKey(event.tenant, event.source, event.target ?? event.id);
  return { offset, appended_at: barrier, key, fact: event, detail: "", bytes: bytesOf(event) };
}

/** Stands for the record's Avro: what counts here is which texts are in it. */
export function bytesOf(event: UsageReported): Buffer {
  return Buffer.from(JSON.stringify(event));
}

/** Decides records in order as a partition would, and says each outcome in a line. `windowAt`: by offset. */
export function decided(
  records: readonly RawRecord[],
  place: Place = { partition: 0, partitions: 1, window },
  windowAt: (offset: number) => Window | undefined = () => place.window,
): string {
  const claims = new Map<string, Claim>();
  const accepted: UsageAccepted[] = [];
  const lines = records.map((record) => {
    const decision = decide(
      record,
      { ...place, window: windowAt(record.offset) },
      (identity) => claims.get(Buffer.from(identity).toString("hex")),
      (offset) => {
        const found = records.find((each) => each.offset === offset);
        return found?.fact?.kind === "UsageReported"
          ? { offset, appended_at: found.appended_at, event: found.fact }
          : undefined;
      },
      (backfill, identity) => {
        const own = accepted.findLast(
          (fact) =>
            isInRange(backfill, fact) &&
            identityKey(fact.tenant, fact.source, fact.id).equals(identity),
        );
        return own && rangedClaim(own);
      },
    );
    switch (decision.kind) {
      case "accepted": {
        accepted.push(decision.fact);
        claims.set(Buffer.from(decision.identity).toString("hex"), decision.claim);
        const { inForce, fact } = decision;
        if (inForce !== null) claims.set(Buffer.from(inForce.key).toString("hex"), inForce.claim);
        return `${record.offset} accepted  ${fact.id}${correctedText(fact.corrected)}`;
      }
      case "duplicate":
        return `${record.offset} duplicate ${decision.fact.id} of ${decision.fact.original_offset}`;
      case "rejected": {
        const { verdict, reason, field, original_offset } = decision.fact;
        return `${record.offset} ${verdict.padEnd(9)} ${reason}${field === null ? "" : ` (${field})`}${original_offset === null ? "" : ` of ${original_offset}`}`;
      }
    }
  });
  return `\n${lines.join("\n")}\n`;
}

function correctedText(corrected: Corrected | null): string {
  if (corrected === null) return "";
  const { retracts, target_offset, replaced } = corrected;
  return `, ${retracts ? "takes back" : "replaces"} ${replaced.raw_offset} of ${target_offset}`;
}
