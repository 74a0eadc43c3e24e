import { setTimeout as sleep } from "node:timers/promises";

import { random } from "@tallybook/cli";
import type { Deployment } from "@tallybook/cli";
import { ApiProblem, createClient } from "@tallybook/client";
import type { Reporter, UsageEvent } from "@tallybook/client";

import type { Drawer, Season } from "./calendar.ts";
import { sendByBackfill } from "./orders.ts";
import { conflictWith, malformed, nextEvent } from "./workload.ts";
import type { Sent } from "./workload.ts";

export interface Counts {
  /** Items handed to the client, repeats among them; how often the client sent one is its own matter. */
  items: number;
  requests: number;
  unanswered: number;
  late: number;
  /** New ones, by backfills. */
  backfilled: number;
  repeats: number;
  conflicts: number;
  malformed: number;
}

/** A producer that sends until it is answered, and keeps the list of what was acknowledged. */
export interface Sender {
  readonly counts: Counts;
  /** By identity: each was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, Sent>;
  /** What should not have happened to a sender. */
  readonly complaints: readonly string[];
  /** What may be sent from now on. */
  season(season: Season): void;
  /** Sends what was never sent, together with some that was, by a backfill. */
  backfill(drawer: Drawer): void;
  /** Resolves when every event that was sent so far is acknowledged. */
  settled(): Promise<void>;
  /** Sends no new events, all repeats that are still to come, and resolves when everything is answered. */
  finish(): Promise<void>;
}

const tickMs = 50;
/** Unanswered events; then the producer waits, as a real one must. */
const outstandingMax = 4_000;
const repeatMsMax = 20_000;
const repeatLateMsMax = 120_000;
const repeatUntimedMsMax = 2_000;
const complaintsMax = 20;
/** In a drawer: what was never sent, and what is there already. */
const freshOfDrawer = 60;
const knownOfDrawer = 40;

export function startSender(
  target: Deployment,
  options: { readonly seed: number; readonly eventsPerSecond: number },
): Sender {
  const chance = random(options.seed);
  const fate = random(options.seed + 1);
  const counts: Counts = {
    items: 0,
    requests: 0,
    unanswered: 0,
    late: 0,
    backfilled: 0,
    repeats: 0,
    conflicts: 0,
    malformed: 0,
  };
  const client = createClient({ ...target, answerMsMax: 30_000, fetch: counting(counts) });
  const lanes: Reporter[] = Array.from({ length: 4 }, () =>
    client.reporter({ itemsMax: 200, patienceMs: 600_000 }),
  );
  const acknowledged = new Map<string, Sent>();
  const complaints: string[] = [];
  const outstanding = new Set<Promise<void>>();
  const following = new Set<Promise<void>>();
  const finishing = new AbortController();
  let season: Season | undefined;
  let number = 0;

  function complain(what: string): void {
    if (complaints.length < complaintsMax) complaints.push(what);
  }

  /** In a batch, or one in twenty alone. */
  async function deliver(item: unknown): Promise<"accepted" | "refused"> {
    counts.items += 1;
    const event = item as UsageEvent;
    if (fate.below(20) === 0 && typeof item === "object") return deliverAlone(event);
    const lane = lanes[fate.below(lanes.length)] as Reporter;
    return (await lane.report(event)).status;
  }

  async function deliverAlone(event: UsageEvent): Promise<"accepted" | "refused"> {
    for (;;) {
      try {
        await client.reportUsage(event);
        return "accepted";
      } catch (error) {
        if (error instanceof ApiProblem && !error.isPassing) return "refused";
        await sleep(200 + Math.random() * 200);
      }
    }
  }

  async function sendOriginal(sent: Sent): Promise<void> {
    const { id } = sent.event;
    const status = await deliver(sent.event).catch(String);
    if (status === "accepted") acknowledged.set(id, sent);
    else complain(`${id} should count and is ${status}: ${JSON.stringify(sent.event)}`);
  }

  async function repeat(event: UsageEvent, afterMs: number): Promise<void> {
    await sleep(afterMs, undefined, { signal: finishing.signal }).catch(() => {});
    counts.repeats += 1;
    // What comes again after the window has passed is refused at the door, which is as well.
    await deliver(event).catch((error: unknown) => complain(`a repeat: ${String(error)}`));
  }

  async function sendConflict(sent: Sent, original: Promise<void>): Promise<void> {
    await original;
    counts.conflicts += 1;
    await deliver(conflictWith(sent)).catch((error: unknown) => complain(String(error)));
  }

  async function sendMalformed(which: number): Promise<void> {
    counts.malformed += 1;
    const status = await deliver(malformed(which)).catch(String);
    if (status !== "refused") complain(`the malformed item ${which} is ${status}`);
  }

  async function sendDrawer(drawer: Drawer, fresh: Sent[]): Promise<void> {
    const { backfill, closes_at } = drawer;
    const known = [...acknowledged.values()]
      .filter(({ event }) => isBetween(Date.parse(String(event.time)), drawer))
      .slice(0, knownOfDrawer);
    const [from = "", to = ""] = [drawer.from, drawer.to].map((ms) => new Date(ms).toISOString());
    const body = { backfill, from, to, closes_at, reason: "found in a drawer" };
    const events = [...fresh, ...known].map(({ event }) => event);
    const refused = await sendByBackfill(target, body, events).catch(String);
    if (refused !== 0) return complain(`${refused} events of the backfill ${backfill} are refused`);
    for (const sent of fresh) acknowledged.set(sent.event.id, sent);
    counts.backfilled += fresh.length;
    counts.repeats += known.length;
    await sendByBackfill(target, body, fresh.slice(0, 2).map(conflictWith)).catch(String);
    counts.conflicts += 2;
  }

  function sendNext(now: Season): void {
    const sent = nextEvent(number, now, chance);
    number += 1;
    if (sent.month < sent.billed) counts.late += 1;
    const original = keep(outstanding, sendOriginal(sent));
    // What has no time of its own is forgotten with the window, and would count again: the clock waits for its repeats.
    const isTimed = sent.event.time !== undefined;
    const whose = isTimed ? following : outstanding;
    for (let times = 1 + (fate.below(10) === 0 ? 2 : 0); times > 0; times -= 1) {
      const msMax = fate.below(20) === 0 ? repeatLateMsMax : repeatMsMax;
      void keep(whose, repeat(sent.event, fate.below(isTimed ? msMax : repeatUntimedMsMax)));
    }
    if (fate.below(100) === 0) void keep(whose, sendConflict(sent, original));
    if (fate.below(200) === 0) void keep(following, sendMalformed(number));
  }

  async function pace(): Promise<void> {
    let due = 0;
    for (let last = performance.now(); !finishing.signal.aborted;) {
      await sleep(tickMs);
      const now = performance.now();
      due = Math.min(due + ((now - last) / 1_000) * options.eventsPerSecond, outstandingMax);
      last = now;
      for (; season !== undefined && due >= 1 && outstanding.size < outstandingMax; due -= 1)
        sendNext(season);
    }
  }

  const pacing = pace();
  return {
    counts,
    acknowledged,
    complaints,
    season: (now) => (season = now),
    backfill(drawer) {
      const { billed: month, from, to } = drawer;
      const of: Season = { month, from, to, late: null, untimed: false };
      const fresh = Array.from({ length: freshOfDrawer }, (_, at) =>
        nextEvent(number + at, of, chance),
      );
      number += freshOfDrawer;
      void keep(outstanding, sendDrawer(drawer, fresh));
    },
    async settled() {
      await Promise.all(outstanding);
    },
    async finish() {
      finishing.abort();
      await pacing;
      while (outstanding.size + following.size > 0)
        await Promise.all([...outstanding, ...following]);
    },
  };
}

/** Not where the time is none. */
function isBetween(ms: number, { from, to }: Pick<Drawer, "from" | "to">): boolean {
  return from <= ms && ms < to;
}

function keep(set: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  set.add(work);
  return work.finally(() => set.delete(work));
}

function counting(counts: Counts): typeof fetch {
  return async (input, init) => {
    counts.requests += 1;
    try {
      return await fetch(input, init);
    } catch (error) {
      counts.unanswered += 1;
      throw error;
    }
  };
}
