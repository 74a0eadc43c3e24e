import { readAhead } from "@tallybook/log";
import type { Log, LogRecord } from "@tallybook/log";
import {
  arrivalOf,
  heldUntil,
  isHeld,
  isSigned,
  judgeArrival,
  murmur2,
  partitionOf,
  readPublicKey,
  windowBehind,
} from "@tallybook/usage";
import type { UsageAccepted, Window } from "@tallybook/usage";
import { readRaw, skim, topics } from "@tallybook/wire";
import type { SkimmedEvent } from "@tallybook/wire";

import { decideAgain } from "./decider.ts";
import type { DecidedRecord, DecisionKind } from "./decider.ts";
import { earlierRecords } from "./earlier.ts";
import { createIdentityMemory, metBy } from "./identity-memory.ts";
import { decideMeetings, recordAmong } from "./repeats.ts";
import { backfillsIn, settingsBelow } from "./windows.ts";
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
  readonly owners: readonly Owner[];
  /** Records of the owners are handed over when there are so many. */
  readonly pieceMax: number;
}

/** A customer. */
export interface Owner {
  readonly tenant: string;
  readonly customer: string;
}

export interface PartitionDecided {
  readonly partition: number;
  /** Records that are no barriers, of all tenants. */
  readonly records: number;
  readonly counts: Readonly<Record<DecisionKind, number>>;
  /** Without a customer that could be read, by the owners' tenants. */
  readonly nameless: ReadonlyMap<string, number>;
  /** Where each cut's barrier stands, by cut. */
  readonly barriers: readonly number[];
}

/**
 * Takes some records of the owners; nothing is read on until it has. Those that count come in the order of the log; those that do not,
 * some time behind their place.
 */
export type TakeRecords = (records: readonly DecidedRecord[]) => Promise<void>;

/** Records that met another under their identity are decided so many at a time. */
const meetingsMax = 100_000;

/**
 * Reads a partition of `usage.raw` from its first record, and decides each again: what counts is said by the log and the pure rules
 * alone. Whoever's it is that nothing is wrong with, and that meets no other under its identity, is only skimmed: whether it counts is
 * known then. Throws where a barrier is missing.
 */
export async function decidePartition(
  log: Log,
  task: PartitionTask,
  takeRecords: TakeRecords,
): Promise<PartitionDecided> {
  const { partition, partitions, pieceMax } = task;
  const key = readPublicKey(task.publicKey);
  const backfills = backfillsIn(task.settings);
  const memory = createIdentityMemory(backfills);
  const { claims, known } = memory;
  const owners = ownersOf(task.owners);
  const counts = { accepted: 0, duplicate: 0, conflict: 0, refused: 0 };
  let own: DecidedRecord[] = [];
  const barriers: number[] = [];
  const windows: Window[] = [];
  let window: Window | undefined;
  let records = 0;
  const nameless = new Map(task.owners.map(({ tenant }) => [tenant, 0]));
  let batch: readonly LogRecord[] = [];
  let batchBefore = batch;
  const meetings = new Map<number, number>();

  /** Decides an event of others that is surely fit, if that is all there is to it. */
  function takeUsual(record: LogRecord, inForce: Window): boolean {
    const event = skim(record.value, record.key);
    if (event === undefined || record.key === null || owners.areOf(record.value, event))
      return false;
    const hash = murmur2(record.key);
    if (partitionOf(record.key, partitions, hash) !== partition) return false;
    const arrival = arrivalOf(event, record.timestamp * 1_000, inForce);
    const { time } = arrival;
    if (judgeArrival(arrival, inForce) !== "ok") return false;
    // What may be of the range of a backfill is remembered with its content.
    if (backfills.some(({ from, to }) => time >= from && time < to)) return false;
    const held = claims.of(record.key, hash);
    if (held !== undefined && isHeld(held, inForce.lower_bound)) {
      if (!isSameContent(record.value, event, held.raw_offset)) return false;
      counts.duplicate += 1;
    } else {
      const { offset: raw_offset } = record;
      claims.put(record.key, { raw_offset, held_until: heldUntil(time, inForce) }, hash);
      counts.accepted += 1;
    }
    records += 1;
    return true;
  }

  /** Whether the event at an offset says the same in the same bytes, and is at hand. */
  function isSameContent(value: Buffer, { contentEnd }: SkimmedEvent, offset: number): boolean {
    const other = recordAmong(batch, offset) ?? recordAmong(batchBefore, offset);
    if (other === undefined || other.value.length < contentEnd) return false;
    return value.compare(other.value, 0, contentEnd, 0, contentEnd) === 0;
  }

  function take(decided: DecidedRecord): void {
    records += 1;
    counts[decided.kind] += 1;
    const { tenant, event } = decided;
    const before = nameless.get(tenant);
    if (before === undefined) return;
    if (event === null) nameless.set(tenant, before + 1);
    // A correction is also of whom it takes something back from.
    else if (customersOf(event).some((customer) => owners.are({ tenant, customer })))
      own.push(decided);
  }

  async function handOver(): Promise<void> {
    const piece = own;
    own = [];
    if (piece.length > 0) await takeRecords(piece);
  }

  async function settle(): Promise<void> {
    for await (const decided of decideMeetings(log, task, windows, meetings)) {
      take(decided);
      if (own.length >= pieceMax) await handOver();
    }
    meetings.clear();
  }

  for await (const next of readAhead(log, topics.usageRaw, partition, { to: task.to })) {
    [batch, batchBefore] = [next, batch];
    for (const record of next) {
      if (window !== undefined && takeUsual(record, window)) continue;
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
        windows.push(window);
        barriers.push(record.offset);
        claims.sweep(window.lower_bound);
        continue;
      }
      const original = metBy({ record, fact }, window, memory);
      if (original === undefined) {
        const isCorrection = fact.kind === "UsageReported" && fact.target !== null;
        const earlier = isCorrection
          ? await earlierRecords(log, partition, { record, fact }, window, known)
          : undefined;
        take(decideAgain(record, fact, task, window, known, earlier));
        if (own.length >= pieceMax) await handOver();
      } else {
        meetings.set(record.offset, original);
        if (meetings.size >= meetingsMax) await settle();
      }
    }
  }
  await settle();
  await handOver();
  return { partition, records, counts, nameless, barriers };
}

/** Whose a decided event is: its customer's, and of a correction also theirs whom it takes something back from. */
export function customersOf({ customer, corrected }: UsageAccepted): string[] {
  return corrected === null ? [customer] : [customer, corrected.replaced.customer];
}

interface Owners {
  readonly are: (owner: Owner) => boolean;
  /** Whether a skimmed event is of one of them. */
  readonly areOf: (frame: Buffer, event: SkimmedEvent) => boolean;
}

function ownersOf(owners: readonly Owner[]): Owners {
  const nameOf = ({ tenant, customer }: Owner) => `${tenant}\u001f${customer}`;
  const names = new Set(owners.map(nameOf));
  const are = (owner: Owner) => names.has(nameOf(owner));
  const [only, ...others] = owners;
  if (only !== undefined && others.length === 0) {
    const [ofTenant, ofCustomer] = [Buffer.from(only.tenant), Buffer.from(only.customer)];
    return {
      are,
      areOf: (frame, { tenantAt, tenantBytes, customerAt, customerBytes }) =>
        isAt(frame, customerAt, customerBytes, ofCustomer) &&
        isAt(frame, tenantAt, tenantBytes, ofTenant),
    };
  }
  return {
    are,
    areOf: (frame, { tenantAt, tenantBytes, customerAt, customerBytes }) =>
      are({
        tenant: frame.toString("latin1", tenantAt, tenantAt + tenantBytes),
        customer: frame.toString("latin1", customerAt, customerAt + customerBytes),
      }),
  };
}

function isAt(frame: Buffer, start: number, length: number, name: Buffer): boolean {
  if (length !== name.length) return false;
  for (let at = 0; at < length; at += 1) if (frame[start + at] !== name[at]) return false;
  return true;
}
