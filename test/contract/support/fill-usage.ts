import type { MemoryLog } from "@tallybook/log";
import { usualMeter } from "@tallybook/testkit/facts";
import type { AcceptedFact, Meter, UsageAccepted } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";

export const partitions = 2;
export const cutCount = 6;
/** The last cut whose events nobody but `tokens` has measured. */
export const lastCut = 3;
export const hour = 3_600_000_000;
export const begin = 1_700_000_000_000_000;
const eventsPerPart = 14;

/** An event of the log, and where it stands. */
export interface Used {
  readonly partition: number;
  readonly event: UsageAccepted;
}

export const tokens = meterOf("tokens", "sum");

export function meterOf(meter: string, aggregation: Meter["aggregation"]): Meter {
  return {
    ...usualMeter,
    tenant: "t",
    meter,
    version: 1,
    effective_at: 0,
    event_type: meter === "tokens" ? "llm" : "tool",
    filter: [],
    aggregation,
    value_property: aggregation === "count" ? null : "n",
    dimensions: ["team"],
  };
}

/** Some events have no number: to a count, and to distinct values, it does not matter. */
export function isReadBy(
  aggregation: Meter["aggregation"],
  { properties }: UsageAccepted,
): boolean {
  return aggregation === "count" || aggregation === "unique" || properties["n"] !== "none";
}

/** What the meter's history comes to, as anybody would count it. */
export function byHand({ aggregation }: Meter, events: readonly Used[]): string {
  const own = events.filter(
    ({ event }) => event.cut <= lastCut && event.type === "tool" && isReadBy(aggregation, event),
  );
  const values = own.map(({ event }) => Number(event.properties["n"]));
  switch (aggregation) {
    case "count":
      return String(own.length);
    case "sum":
      return String(values.reduce((a, b) => a + b, 0));
    case "max":
      return String(Math.max(...values));
    case "min":
      return String(Math.min(...values));
    case "unique":
      return String(new Set(own.map(({ event }) => event.properties["n"])).size);
    case "latest": {
      const last = own.toSorted(
        (a, b) =>
          a.event.time - b.event.time ||
          a.partition - b.partition ||
          a.event.raw_offset - b.event.raw_offset,
      );
      return String(last.at(-1)?.event.properties["n"]);
    }
    default:
      return (values.reduce((a, b) => a + b, 0) / values.length).toFixed(12).replace(/\.?0+$/, "");
  }
}

/** A closed log: events in all cuts but one, and the barriers of all. */
export async function writeUsage(log: MemoryLog): Promise<Used[]> {
  const producer = await log.producer();
  const events: Used[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const facts: AcceptedFact[] = [];
    let raw_offset = 0;
    for (let cut = 0; cut < cutCount; cut += 1) {
      const time = begin + cut * hour;
      for (let at = 0; cut !== 2 && at < eventsPerPart; at += 1, raw_offset += 1) {
        const event: UsageAccepted = {
          kind: "UsageAccepted",
          raw_offset,
          cut,
          tenant: "t",
          source: "",
          id: `${cut}-${at}`,
          type: at % 5 === 0 ? "llm" : "tool",
          customer: `c-${at % 3}`,
          subscription: null,
          time: time - (at % 4) * 600_000_000,
          properties: { n: at === 6 ? "none" : String((at * 7) % 11), team: `t${at % 2}` },
          content_hash: Buffer.alloc(32, at),
          received_at: time,
          door: null,
          api_key: null,
          target: null,
          personal: {},
          corrected: null,
          backfill: null,
        };
        facts.push(event);
        events.push({ partition, event });
        if (at % 4 === 3)
          facts.push({ kind: "DeduperProgressed", raw_offset, cut, ends_insert: true });
      }
      facts.push({ kind: "BarrierPassed", raw_offset, cut, time, catalog_offset: 1 });
      raw_offset += 1;
    }
    await producer.send(
      facts.map((fact) => ({
        topic: topics.usageAccepted,
        partition,
        key: null,
        value: encode(fact),
      })),
    );
  }
  return events;
}
