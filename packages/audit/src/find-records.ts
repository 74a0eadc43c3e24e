import { readAll, readNamed } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import type { RejectedFact, UsageAccepted } from "@tallybook/usage";
import { decode, readRaw, topics } from "@tallybook/wire";

import type { Books } from "./books.ts";
import { decideAgain } from "./decider.ts";
import { windowAt, windowsOf } from "./windows.ts";

/** Of an event. */
export interface Identity {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

export function isOf(
  fact: Pick<RejectedFact, "tenant" | "source" | "id">,
  { tenant, source, id }: Identity,
): boolean {
  return fact.tenant === tenant && fact.id === id && (fact.source ?? "") === source;
}

/** What an item says of itself that a front door refused: what of it can be read, of the forms that the doors of our own take. */
export interface Said {
  readonly id: string;
  /** Empty where it names none. */
  readonly source: string;
  readonly type: string | null;
  readonly customer: string | null;
}

/** Undefined of what was decided under an identity, and of what cannot be read. */
export function saidBy(fact: RejectedFact): Said | undefined {
  if (fact.kind !== "UsageRejected" || fact.id !== null || fact.bytes === null) return undefined;
  const item = jsonIn(fact.bytes);
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const { id, source, type, customer, subject } = item as Readonly<Record<string, unknown>>;
  const name = textOf(id);
  return name === null
    ? undefined
    : {
        id: name,
        source: textOf(source) ?? "",
        type: textOf(type),
        customer: textOf(customer) ?? textOf(subject),
      };
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** What the deduper did not let through, by its facts; each source once. */
export async function rejectedOf(
  log: Log,
  partition: number,
  isMeant: (fact: RejectedFact) => boolean,
): Promise<RejectedFact[]> {
  const found = new Map<number, RejectedFact>();
  for await (const { value } of readAll(log, topics.usageRejected, partition)) {
    const fact = decode(value);
    const isOutcome = fact.kind === "UsageRejected" || fact.kind === "UsageDuplicated";
    if (isOutcome && isMeant(fact) && !found.has(fact.raw_offset)) found.set(fact.raw_offset, fact);
  }
  return [...found.values()];
}

/** Where ClickHouse says it is, checked in the log; and in what ClickHouse may not have yet. */
export async function acceptedOf(
  log: Log,
  { cuts, settings }: Books,
  partition: number,
  identity: Identity,
  named: readonly { readonly partition: number; readonly raw_offset: number }[],
): Promise<{ readonly partition: number; readonly event: UsageAccepted }[]> {
  const found = new Map<number, { partition: number; event: UsageAccepted }>();
  const partitions = cuts.deployment?.partitions ?? 0;
  const windows = windowsOf(cuts, settings, partition);
  const offsets = named.filter((each) => each.partition === partition);
  const none = { of: () => undefined, put: () => {}, in: () => undefined, take: () => {} };
  for await (const record of readNamed(
    log,
    topics.usageRaw,
    partition,
    offsets.map(({ raw_offset }) => raw_offset),
  )) {
    const window = windowAt(windows, record.offset);
    const decided = decideAgain(
      record,
      readRaw(record.value),
      { partition, partitions },
      window,
      none,
    );
    if (decided.kind === "accepted" && decided.event !== null && isOf(decided.event, identity))
      found.set(record.offset, { partition, event: decided.event });
  }
  const last = cuts.parts.findLast((ofCut) => ofCut.has(partition))?.get(partition);
  const from = found.size > 0 ? (last?.end_offset ?? 0) : 0;
  for await (const { value } of readAll(log, topics.usageAccepted, partition, { from })) {
    const event = decode(value);
    if (event.kind === "UsageAccepted" && isOf(event, identity) && !found.has(event.raw_offset))
      found.set(event.raw_offset, { partition, event });
  }
  return [...found.values()];
}
