import { readAhead } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { isSigned, readPublicKey, windowBehind } from "@tallybook/usage";
import type { UsageAccepted, Window } from "@tallybook/usage";
import { readRaw, topics } from "@tallybook/wire";

import { createClaims } from "./claims.ts";
import { decideAgain } from "./decider.ts";
import { createRangedClaims } from "./ranged-claims.ts";
import type { DecidedRecord, DecisionKind } from "./decider.ts";
import { earlierRecords } from "./earlier.ts";
import { settingsBelow } from "./windows.ts";
import type { PlacedSettings } from "./windows.ts";

/** What to decide again, and whose records are wanted. A worker thread is told so in these words. */
export interface PartitionTask {
  readonly partition: number;
  readonly partitions: number;
  /** SPKI, DER. */
  readonly publicKey: Uint8Array;
  readonly settings: readonly PlacedSettings[];
  /** Of `usage.raw`, exclusive. */
  readonly to: number;
  readonly tenant: string;
  readonly customer: string;
}

export interface PartitionDecided {
  readonly partition: number;
  /** Records that are no barriers, of all tenants. */
  readonly records: number;
  readonly counts: Readonly<Record<DecisionKind, number>>;
  /** Of the tenant, without a customer that could be read. */
  readonly nameless: number;
  /** Where each cut's barrier stands, by cut. */
  readonly barriers: readonly number[];
  /** Of the customer, in order. */
  readonly own: readonly DecidedRecord[];
}

/**
 * Reads a partition of `usage.raw` from its first record, and decides each again: what counts is said by the log and the pure rules
 * alone. Throws where a barrier is missing.
 */
export async function decidePartition(log: Log, task: PartitionTask): Promise<PartitionDecided> {
  const { partition, tenant, customer } = task;
  const key = readPublicKey(task.publicKey);
  const held = createClaims();
  const known = task.settings.at(-1)?.settings.backfills ?? [];
  const claims = { ...held, ...createRangedClaims(known) };
  const counts = { accepted: 0, duplicate: 0, conflict: 0, refused: 0 };
  const own: DecidedRecord[] = [];
  const barriers: number[] = [];
  let window: Window | undefined;
  let [records, nameless] = [0, 0];
  for await (const batch of readAhead(log, topics.usageRaw, partition, { to: task.to })) {
    for (const record of batch) {
      const fact = readRaw(record.value);
      if (fact.kind === "BarrierPlaced" && fact.partition === partition && isSigned(fact, key)) {
        const expected = window?.cut ?? 0;
        if (fact.cut < expected) continue;
        if (fact.cut > expected)
          throw new Error(
            `barrier ${fact.cut} stands at offset ${record.offset} of partition ${partition} where barrier ${expected} is due`,
          );
        const { cut, time, catalog_offset } = fact;
        window = windowBehind(
          { raw_offset: record.offset, cut, time, catalog_offset },
          window,
          settingsBelow(task.settings, catalog_offset),
        );
        barriers.push(record.offset);
        claims.sweep(window.lower_bound);
        continue;
      }
      const isCorrection = fact.kind === "UsageReported" && fact.target !== null;
      const earlier = isCorrection
        ? await earlierRecords(log, partition, { record, fact }, window, claims)
        : undefined;
      const decided = decideAgain(record, fact, task, window, claims, earlier);
      records += 1;
      counts[decided.kind] += 1;
      if (decided.tenant !== tenant) continue;
      if (decided.event === null) nameless += 1;
      else if (isOf(decided.event, customer)) own.push(decided);
    }
  }
  return { partition, records, counts, nameless, barriers, own };
}

/** A correction is also of whom it takes something back from. */
function isOf(event: UsageAccepted, customer: string): boolean {
  return event.customer === customer || event.corrected?.replaced.customer === customer;
}
