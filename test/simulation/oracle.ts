import type { BackfillRequested } from "@tallybook/catalog";
import type { MemoryLog } from "@tallybook/log";
import { murmur2 } from "@tallybook/usage";
import type { BarrierPlaced, UsageReported } from "@tallybook/usage";
import { decode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

import { partitions, second } from "./traffic.ts";

/** What must have become of one record of `usage.raw`. */
export interface Expected {
  readonly partition: number;
  readonly offset: number;
  readonly cut: number;
  readonly outcome: "accepted" | "duplicate" | "conflict" | "refused";
  readonly original: number | undefined;
  /** A backfill's event, held against one that nothing but a backfill remembers. */
  readonly isExpired?: boolean;
  /** As it counts: of an accepted correction with what its target said and it does not. */
  readonly event: UsageReported | undefined;
  /** What an accepted correction takes back. */
  readonly replaced?: Counted;
}

/** What counts of an event, since its original or a correction of it was accepted. */
export interface Counted {
  readonly offset: number;
  readonly cut: number;
  readonly event: UsageReported;
  /** Undefined where nobody gave one, and simulated time alone knew. */
  readonly time: number | undefined;
  readonly isRetracted: boolean;
}

/**
 * Reads the log as slowly and plainly as can be, and says what must have come out. Genuine barriers are those that the
 * cuts speak of: the first of each number in each partition, in order.
 */
export function expectedOf(log: MemoryLog): Expected[] {
  const catalog = log.recordsOf(topics.catalog, 0).map(({ value }) => decode(value));
  const opened = log
    .recordsOf(topics.cuts, 0)
    .map(({ value }) => decode(value))
    .filter((fact) => fact.kind === "CutOpened");
  const expected: Expected[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const first = new Map<string, { offset: number; content: string; until: number }>();
    const originals = new Map<string, Counted>();
    const counting = new Map<string, Counted>();
    /** Every event that was accepted, by identity: nothing is ever forgotten here. */
    const accepted = new Map<string, { offset: number; content: string; time: number }[]>();
    let open: Open | undefined;

    /** What a correction makes of its target, if that is there, is not taken back, and may still be corrected. */
    function correctedBy(event: UsageReported, target: string) {
      const [original, replaced, held] = [
        originals.get(target),
        counting.get(target),
        first.get(target),
      ];
      const lower = open?.lower ?? 0;
      if (original === undefined || replaced === undefined || held === undefined) return "refused";
      if (held.until < lower || replaced.isRetracted) return "refused";
      if (original.time === undefined || (replaced.time ?? 0) < lower) return "refused";
      const said = original.event;
      const isOwn = (text: string) => text !== "";
      const counts: UsageReported = {
        ...event,
        type: isOwn(event.type) ? event.type : said.type,
        customer: isOwn(event.customer) ? event.customer : said.customer,
        time: event.time ?? original.time,
      };
      const kept = { ...event, ...timed(replaced), properties: {} };
      return { replaced, event: event.correction?.retracts === true ? kept : counts };
    }

    for (const { offset, key, value } of log.recordsOf(topics.usageRaw, partition)) {
      const fact = factOf(value);
      if (fact?.kind === "BarrierPlaced" && isGenuine(fact, opened)) {
        if (fact.cut === (open?.cut ?? 0))
          open = behind(fact, open?.lower ?? Number.NEGATIVE_INFINITY, catalog);
        continue;
      }
      const event = fact?.kind === "UsageReported" ? fact : undefined;
      const base = { partition, offset, cut: open?.cut ?? 0, event, original: undefined };
      const backfill = open === undefined || event === undefined ? null : backfillOf(event, open);
      if (
        event === undefined ||
        open === undefined ||
        backfill === "refused" ||
        !isFit(event, key, partition, backfill === null ? open : { ...open, lower: 0 })
      ) {
        expected.push({ ...base, outcome: "refused" });
        continue;
      }
      const own = [event.tenant, event.source, event.target ?? event.id].join("\u001f");
      const id = event.target === null ? own : `${own}\u001f${event.id}`;
      const content = contentOf(event);
      const held = first.get(id);
      // An identity is forgotten once the lower bound has passed its event, its barrier, and two intervals: but not by a backfill.
      const before =
        held !== undefined && held.until >= open.lower
          ? held
          : accepted.get(id)?.findLast(({ time }) => isBetween(time, backfill));
      if (before === undefined) {
        const corrected = event.target === null ? undefined : correctedBy(event, own);
        if (corrected === "refused") {
          expected.push({ ...base, outcome: "refused" });
          continue;
        }
        const counts = corrected?.event ?? event;
        const targetUntil = corrected === undefined ? 0 : (first.get(own)?.until ?? 0);
        const until = Math.max(
          Math.max(open.time, timeOf(counts, open.time)) + 2 * open.interval,
          targetUntil,
        );
        first.set(id, { offset, content, until });
        if (corrected === undefined) {
          const all = accepted.get(id) ?? [];
          accepted.set(id, [...all, { offset, content, time: timeOf(event, open.time) }]);
        }
        const time = counts.time ?? counts.received_at ?? undefined;
        const isRetracted = event.correction?.retracts === true;
        const counted = { offset, cut: open.cut, event: counts, time, isRetracted };
        if (corrected === undefined) originals.set(own, counted);
        counting.set(own, counted);
        const replaced = corrected === undefined ? {} : { replaced: corrected.replaced };
        expected.push({ ...base, event: counts, outcome: "accepted", ...replaced });
      } else {
        expected.push({
          ...base,
          outcome: before.content === content ? "duplicate" : "conflict",
          original: before.offset,
          isExpired: before !== held,
        });
      }
    }
  }
  return expected;
}

function timed({ event: { type, customer }, time }: Counted) {
  return { type, customer, time: time ?? null };
}

interface Open {
  readonly cut: number;
  readonly time: number;
  readonly lower: number;
  readonly ahead: number;
  readonly interval: number;
  /** Those that the barrier's catalog knows, and that have not closed. */
  readonly backfills: readonly BackfillRequested[];
}

/** What a backfill's event is held against; null for one that comes the usual way. */
function backfillOf(event: UsageReported, open: Open): BackfillRequested | null | "refused" {
  if (event.backfill === null) return null;
  const backfill = open.backfills.find(
    (each) => each.backfill === event.backfill && each.tenant === event.tenant,
  );
  if (backfill === undefined || event.target !== null) return "refused";
  const isOfSource = backfill.sources.length === 0 || backfill.sources.includes(event.source);
  return isOfSource && isBetween(timeOf(event, open.time), backfill) ? backfill : "refused";
}

function isBetween(time: number, backfill: BackfillRequested | null): boolean {
  return backfill !== null && time >= backfill.from && time < backfill.to;
}

/** The time an accepted event counts at: its own, else when it was received, else its barrier's. */
export function timeOf(event: UsageReported, barrierTime: number): number {
  return event.time ?? event.received_at ?? barrierTime;
}

function factOf(value: Buffer): Fact | undefined {
  try {
    return decode(value);
  } catch {
    return undefined;
  }
}

function isGenuine(
  barrier: BarrierPlaced,
  opened: readonly { cut: number; time: number; catalog_offset: number }[],
): boolean {
  const cut = opened.find((fact) => fact.cut === barrier.cut);
  return (
    cut !== undefined &&
    cut.time === barrier.time &&
    cut.catalog_offset === barrier.catalog_offset &&
    barrier.catalog_offset > 1
  );
}

function behind(barrier: BarrierPlaced, lower: number, catalog: readonly Fact[]): Open {
  const settings = catalog
    .slice(0, barrier.catalog_offset)
    .findLast((fact) => fact.kind === "SettingsSet");
  const window = settings?.window_seconds ?? Number.POSITIVE_INFINITY;
  return {
    cut: barrier.cut + 1,
    time: barrier.time,
    lower: Math.max(lower, barrier.time - window * second),
    ahead: (settings?.ahead_seconds ?? 0) * second,
    interval: (settings?.cut_interval_seconds ?? 0) * second,
    backfills: catalog
      .slice(0, barrier.catalog_offset)
      .filter((fact) => fact.kind === "BackfillRequested")
      .filter(({ closes_at }) => barrier.time < closes_at),
  };
}

function isFit(event: UsageReported, key: Buffer | null, partition: number, open: Open): boolean {
  const right = Buffer.from([event.tenant, event.source, event.target ?? event.id].join("\u001f"));
  if (key === null || !key.equals(right)) return false;
  if ((murmur2(right) & 0x7fffffff) % partitions !== partition) return false;
  const time = timeOf(event, open.time);
  return (
    time >= open.lower && time <= Math.max(open.time, event.received_at ?? open.time) + open.ahead
  );
}

function contentOf({
  tenant,
  source,
  id,
  type,
  customer,
  subscription,
  time,
  properties,
  target,
  correction,
}: UsageReported): string {
  const sorted = Object.entries(properties).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const said = [tenant, source, id, type, customer, subscription, time, sorted, target];
  return JSON.stringify([...said, correction?.retracts, correction?.reason]);
}
