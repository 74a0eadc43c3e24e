import type { CatalogFact } from "@tallybook/catalog";
import { usualMeter } from "@tallybook/testkit/facts";
import { identityKey, partitionOf, signBarrier } from "@tallybook/usage";
import type { MemoryLog, OutRecord } from "@tallybook/log";
import type { UsageReported } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact, FactOf } from "@tallybook/wire";
import { generateKeyPairSync } from "node:crypto";

import type { Random } from "./random.ts";

export const partitions = 3;
export const second = 1_000_000;
/** 2023-11-14T22:13:20Z. */
export const start = 1_700_000_000 * second;
const forger = generateKeyPairSync("ed25519").privateKey;

/** The world outside: producers and operators, in simulated time. */
export interface Traffic {
  /** Somebody does something: events, rubbish, or an order of the control plane. */
  act(): void;
  requestCut(): void;
}

const system = { recorded_at: start, actor: "system" };

export function createTraffic(
  log: MemoryLog,
  random: Random,
  billed: readonly CatalogFact[],
): Traffic {
  let clock = start;
  let meterVersion = 1;
  const backfills: FactOf<"BackfillRequested">[] = [];
  /** The first version of each meter whose history nobody has asked for yet. */
  const unfilled = new Map<string, FactOf<"MeterPublished">>();
  const known = new Set<string>();
  const reported: UsageReported[] = [];

  function toCatalog(fact: Fact): void {
    append({ topic: topics.catalog, partition: 0, key: null, value: encode(fact) });
  }
  // The log in memory appends at once; nobody waits for it here.
  function append(record: OutRecord): void {
    void log.producer().then((producer) => producer.send([record]));
  }

  function publishMeter(): void {
    const fact: FactOf<"MeterPublished"> = {
      kind: "MeterPublished",
      tenant: random.pick(["a", "b"]),
      ...system,
      ...usualMeter,
      effective_at: meterVersion === 1 ? 0 : clock - random.below(100) * second,
      meter: random.pick(["tokens", "calls"]),
      version: meterVersion,
      event_type: "llm",
      filter: random.chance(0.3) ? [{ property: "model", any_of: ["x", "y"] }] : [],
      aggregation: "sum",
      value_property: "n",
      dimensions: ["model"],
    };
    toCatalog(fact);
    meterVersion += 1;
    const name = `${fact.tenant}/${fact.meter}`;
    if (!known.has(name)) unfilled.set(name, fact);
    known.add(name);
    // Of some with the meter, of some long after it.
    if (meterVersion % 2 === 0) requestFill();
  }

  function requestFill(): void {
    const [first] = unfilled;
    if (first === undefined) return;
    const [name, { tenant, meter, version }] = first;
    unfilled.delete(name);
    toCatalog({ kind: "MeterFillRequested", tenant, ...system, meter, version });
  }

  function event(): UsageReported {
    const givesTime = random.chance(0.9);
    return {
      kind: "UsageReported",
      tenant: random.pick(["a", "b"]),
      source: random.pick(["", "s"]),
      id: `e${random.below(25)}`,
      type: random.chance(0.9) ? "llm" : "other",
      customer: random.pick(["c1", "c2"]),
      subscription: null,
      time: givesTime ? clock + (random.below(160) - 130) * second : null,
      properties: {
        n: random.chance(0.95) ? String(random.below(3)) : "none",
        model: random.pick(["x", "y", "z"]),
      },
      received_at: random.chance(0.8) ? clock : null,
      door: "native",
      api_key: null,
      target: null,
      personal: {},
      correction: null,
      backfill: null,
    };
  }

  /** Of an event that may be there or not: taken back, or said anew in part or in whole. */
  function correction(): UsageReported {
    const said = event();
    const retracts = random.chance(0.35);
    const isShort = retracts || random.chance(0.5);
    return {
      ...said,
      id: `c${random.below(8)}`,
      target: said.id,
      type: isShort ? "" : said.type,
      customer: isShort ? "" : said.customer,
      time: isShort ? null : said.time,
      properties: retracts ? {} : said.properties,
      correction: { retracts, reason: random.pick(["wrong", "tested"]) },
    };
  }

  function requestBackfill(): void {
    const from = clock - (1 + random.below(2_000)) * second;
    const fact: FactOf<"BackfillRequested"> = {
      kind: "BackfillRequested",
      tenant: random.pick(["a", "b"]),
      ...system,
      backfill: `b${backfills.length}`,
      sources: random.chance(0.7) ? [] : ["s"],
      from,
      to: Math.min(clock, from + (1 + random.below(1_500)) * second),
      closes_at: clock + random.below(1_500) * second,
      reason: "found in a drawer",
      events: null,
      digest: null,
    };
    toCatalog(fact);
    backfills.push(fact);
    if (random.chance(0.5)) requestCut();
  }

  /** By one of the last backfills, of its time or nearly: an event that nobody has seen, or that many have, long ago. */
  function backfilled(): UsageReported {
    const { tenant, backfill, from, to } = random.pick(backfills.slice(-3));
    const seconds = Math.ceil((to - from) / second);
    const said = random.chance(0.95) ? event() : correction();
    // Where somebody is billed most are new, and so late usage: nearly all ids of the usual traffic are taken.
    const isNew = billed.length > 0 && random.chance(0.7);
    return {
      ...said,
      id: isNew ? `d${random.below(60)}` : said.id,
      tenant: random.chance(0.95) ? tenant : said.tenant,
      time: random.chance(0.95) ? from + (random.below(seconds + 4) - 2) * second : said.time,
      backfill,
    };
  }

  /** As it was sent before, of the time that a backfill takes. */
  function repeated(): UsageReported | undefined {
    const { tenant, backfill, from, to } = random.pick(backfills.slice(-3));
    const sent = reported.filter(
      (each) => each.tenant === tenant && each.time !== null && each.time >= from && each.time < to,
    );
    return sent.length === 0 ? undefined : { ...random.pick(sent), received_at: clock, backfill };
  }

  function report(): void {
    const byBackfill = backfills.length > 0 && random.chance(0.2);
    const usual = () => (random.chance(0.25) ? correction() : event());
    const again = byBackfill && random.chance(0.5) ? repeated() : undefined;
    const fact = again ?? (byBackfill ? backfilled() : usual());
    reported.push(fact);
    const key = identityKey(fact.tenant, fact.source, fact.target ?? fact.id);
    const right = partitionOf(key, partitions);
    const partition = random.chance(0.97) ? right : (right + 1) % partitions;
    append({
      topic: topics.usageRaw,
      partition,
      key: random.chance(0.98) ? key : Buffer.from("wrong"),
      value: encode(fact),
    });
  }

  function rubbish(): void {
    const partition = random.below(partitions);
    const forged = signBarrier(
      { cut: random.below(4), partition, time: clock, catalog_offset: 1 },
      forger,
    );
    append({
      topic: topics.usageRaw,
      partition,
      key: null,
      value: random.chance(0.5) ? Buffer.from("rubbish") : encode(forged),
    });
  }

  function requestCut(): void {
    toCatalog({ kind: "CutRequested", tenant: "a", ...system, reason: "simulation" });
  }

  function advance(): void {
    // Now and then for longer than any window: what was claimed before is forgotten.
    clock += (random.chance(0.1) ? 700 : 1 + random.below(60)) * second;
    toCatalog({ kind: "ClockAdvanced", tenant: "", ...system, time: clock });
  }

  function widen(): void {
    settings(random.chance(0.1) ? null : 10 + random.below(250));
  }

  function settings(window_seconds: number | null): void {
    toCatalog({
      kind: "SettingsSet",
      tenant: "",
      ...system,
      simulated: true,
      window_seconds,
      ahead_seconds: 20,
      grace_seconds: 0,
      cut_interval_seconds: random.below(30),
    });
  }

  settings(100);
  toCatalog({ kind: "ClockAdvanced", tenant: "", ...system, time: clock });
  publishMeter();
  billed.forEach(toCatalog);

  return {
    act() {
      const draw = random.below(100);
      if (draw < 82) report();
      else if (draw < 84) requestBackfill();
      else if (draw < 88) rubbish();
      else if (draw < 92) requestCut();
      else if (draw < 97) advance();
      else if (draw < 99) publishMeter();
      else widen();
    },
    requestCut,
  };
}
