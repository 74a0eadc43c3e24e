import { random, serviceNames } from "@tallybook/cli";
import type { Random, ServiceName } from "@tallybook/cli";
import { failpointNames } from "@tallybook/service";
import type { Failpoint } from "@tallybook/service";

/** Something that goes wrong, in whom and how. */
export type Fault =
  | { readonly kind: "kill"; readonly service: ServiceName }
  /** Killed, and once more where it comes to that point for the `hits`-th time. */
  | {
      readonly kind: "fail point";
      readonly service: ServiceName;
      readonly point: Failpoint;
      readonly hits: number;
    }
  /** Stopped for longer than a transaction lives; a second process may take over meanwhile. */
  | {
      readonly kind: "stall";
      readonly service: ServiceName;
      readonly seconds: number;
      readonly takeover: boolean;
    }
  | {
      readonly kind: "kafka" | "clickhouse";
      readonly how: "kill" | "stop";
      readonly seconds: number;
    }
  | { readonly kind: "cut inserts"; readonly count: number }
  | { readonly kind: "delay"; readonly ms: number; readonly seconds: number }
  | { readonly kind: "half-open"; readonly seconds: number }
  | { readonly kind: "wipe" }
  | { readonly kind: "cut" };

export interface Due {
  /** Seconds from the start; not before it. */
  readonly at: number;
  readonly fault: Fault;
}

/** Faults that follow each other; the lanes go on side by side. */
export type Plan = Readonly<Record<"processes" | "stalls" | "engines" | "wire" | "cuts", Due[]>>;

/** What goes wrong in so many seconds: a function of the seed. Every fail point comes before any comes again. */
export function planFaults(
  seed: number,
  seconds: number,
  options: { readonly wipe: boolean },
): Plan {
  const plan: Plan = {
    processes: lane(random(seed + 11), seconds, { first: 3, least: 4, spread: 4 }, processFaults),
    stalls: lane(random(seed + 12), seconds, { first: 12, least: 14, spread: 10 }, stalls),
    engines: lane(random(seed + 13), seconds, { first: 20, least: 12, spread: 10 }, engineFaults),
    wire: lane(random(seed + 14), seconds, { first: 5, least: 5, spread: 8 }, wireFaults),
    cuts: lane(random(seed + 15), seconds, { first: 4, least: 3, spread: 4 }, () => [
      { kind: "cut" },
    ]),
  };
  if (options.wipe)
    plan.wire.push({ at: seconds * (0.4 + random(seed + 16).next() / 4), fault: { kind: "wipe" } });
  plan.wire.sort((one, other) => one.at - other.at);
  return plan;
}

/** Deals decks of faults one after the other, with pauses; the time that a fault itself takes comes on top. */
function lane(
  chance: Random,
  seconds: number,
  pause: { readonly first: number; readonly least: number; readonly spread: number },
  deck: (chance: Random) => Fault[],
): Due[] {
  const due: Due[] = [];
  for (let at = pause.first; at < seconds;) {
    for (const fault of shuffled(deck(chance), chance)) {
      due.push({ at: Math.round(at * 10) / 10, fault });
      at += pause.least + chance.next() * pause.spread + durationOf(fault);
    }
  }
  return due.filter(({ at }) => at < seconds);
}

function durationOf(fault: Fault): number {
  return "seconds" in fault ? fault.seconds : 0;
}

/** Nobody comes there: the month of the chaos has no meter whose history is filled, and no backfill. */
const unvisited: ReadonlySet<Failpoint> = new Set([
  "deduper.collected",
  "aggregator.filling",
  "aggregator.added",
  "aggregator.topped",
  "aggregator.filled",
  // Nobody listens there: what is sent dies in services/invoicer/test/webhooks.
  "webhooks.sent",
  "webhooks.noted",
  // Nothing is handed to Stripe: it dies in services/invoicer/test/stripe.
  "stripe.asked",
]);

/** Those that a process comes to. */
export const visited = failpointNames.filter((point) => !unvisited.has(point));

/** All fail points, and each service killed twice anywhere. */
function processFaults(chance: Random): Fault[] {
  const points = visited.map((point): Fault => {
    const [service, hitsMax] = [whereabouts(point, chance), hitsSoonMax(point)];
    return { kind: "fail point", service, point, hits: 1 + chance.below(hitsMax) };
  });
  const kills = [...serviceNames, ...serviceNames].map((service): Fault => ({
    kind: "kill",
    service,
  }));
  return [...points, ...kills];
}

/** Which process comes to a fail point; of several, any. */
export function whereabouts(point: Failpoint, chance: Random): ServiceName {
  const [owner] = point.split(".");
  if (owner === "columns" || owner === "closer" || owner === "mirror") return "aggregator";
  if (owner === "webhooks") return "invoicer";
  if (owner === "log") {
    const writers = ["catalog", "deduper", "aggregator", "rater", "invoicer"] as const;
    return writers[chance.below(writers.length)] ?? "deduper";
  }
  return serviceNames.find((name) => name === owner) ?? "ingest";
}

/** How often a process comes to a fail point in a few seconds, at least. */
function hitsSoonMax(point: Failpoint): number {
  const [owner = ""] = point.split(".");
  const hits = { ingest: 20, deduper: 10, aggregator: 4, columns: 4, closer: 2, log: 2 };
  return hits[owner as keyof typeof hits] ?? 1;
}

function stalls(chance: Random): Fault[] {
  return (["deduper", "aggregator", "rater"] as const).map((service) => ({
    kind: "stall",
    service,
    seconds: 20 + chance.below(5),
    takeover: chance.below(2) === 0,
  }));
}

function engineFaults(chance: Random): Fault[] {
  return [
    { kind: "kafka", how: "kill", seconds: 0 },
    { kind: "clickhouse", how: "kill", seconds: 0 },
    { kind: "kafka", how: "stop", seconds: chance.below(4) },
    { kind: "clickhouse", how: "stop", seconds: 0 },
    { kind: "clickhouse", how: "kill", seconds: 10 + chance.below(10) },
  ];
}

function wireFaults(chance: Random): Fault[] {
  return [
    { kind: "cut inserts", count: 1 + chance.below(3) },
    { kind: "cut inserts", count: 1 + chance.below(3) },
    { kind: "cut inserts", count: 1 },
    { kind: "delay", ms: 50 + chance.below(400), seconds: 2 + chance.below(4) },
    { kind: "half-open", seconds: 2 + chance.below(6) },
  ];
}

function shuffled<Item>(items: readonly Item[], chance: Random): Item[] {
  return items
    .map((item) => ({ item, place: chance.next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
