import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "@tallybook/cli";
import { openConnection } from "./connection.ts";
import type { Figures } from "./round.ts";

/** What one front door is sent: so many events in each request, over so many connections. */
interface DoorLoad {
  readonly door: string;
  readonly path: string;
  readonly type: string;
  readonly batch: number;
  readonly connections: number;
  /** The body with events of these numbers. */
  body(numbers: readonly number[], time: Date): string;
}

const json = "application/json";
const many = { batch: 100, connections: 16, type: json } as const;
const one = { batch: 1, connections: 64 } as const;

const loads: readonly DoorLoad[] = [
  {
    ...many,
    door: "native",
    path: "/v1/events/batch",
    body: (numbers, time) =>
      JSON.stringify(
        numbers.map((number) => ({
          id: `native-${number}`,
          type: "bench.door",
          customer: "c-1",
          time,
          properties: { tokens: 12, model: "large" },
        })),
      ),
  },
  {
    ...many,
    door: "openmeter",
    path: "/api/v1/events",
    type: "application/cloudevents-batch+json",
    body: (numbers, time) =>
      JSON.stringify(
        numbers.map((number) => ({
          specversion: "1.0",
          id: `openmeter-${number}`,
          source: "bench",
          type: "bench.door",
          subject: "c-1",
          time,
          data: { tokens: 12, model: "large" },
        })),
      ),
  },
  {
    ...many,
    door: "lago",
    path: "/api/v1/events/batch",
    body: (numbers, time) =>
      JSON.stringify({
        events: numbers.map((number) => ({
          transaction_id: `lago-${number}`,
          external_subscription_id: "c-1",
          code: "bench.door",
          timestamp: time.getTime() / 1_000,
          properties: { tokens: 12, model: "large" },
        })),
      }),
  },
  {
    ...one,
    door: "stripe",
    path: "/v1/billing/meter_events",
    type: "application/x-www-form-urlencoded",
    body: ([number], time) =>
      `event_name=bench.door&payload[stripe_customer_id]=c-1&payload[value]=12&identifier=stripe-${number}&timestamp=${time.getTime() / 1_000}`,
  },
  {
    ...many,
    door: "stripe_v2, stream",
    path: "/v2/billing/meter_event_stream",
    body: (numbers, timestamp) =>
      JSON.stringify({
        events: numbers.map((number) => ({
          event_name: "bench.door",
          identifier: `stream-${number}`,
          timestamp,
          payload: { stripe_customer_id: "c-1", value: "12" },
        })),
      }),
  },
  {
    ...many,
    door: "litellm",
    path: "/v1/litellm",
    body: (numbers, time) =>
      JSON.stringify(
        numbers.map((number) => ({
          litellm_call_id: `litellm-${number}`,
          end_user: "c-1",
          model: "large",
          status: "success",
          endTime: time.getTime() / 1_000,
          // As large as what LiteLLM sends of a call with a short prompt.
          messages: "x".repeat(10_000),
          metadata: { usage_object: { prompt_tokens: 120, completion_tokens: 30 } },
        })),
      ),
  },
  {
    ...many,
    door: "amberflo",
    path: "/ingest",
    body: (numbers, time) =>
      JSON.stringify(
        numbers.map((number) => ({
          uniqueId: `amberflo-${number}`,
          meterApiName: "bench.door",
          meterValue: 12,
          customerId: "c-1",
          meterTimeInMillis: time.getTime(),
          dimensions: { model: "large" },
        })),
      ),
  },
  {
    ...many,
    door: "otlp",
    path: "/v1/traces",
    body: (numbers, time) =>
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [] },
            scopeSpans: [{ spans: numbers.map((number) => spanOf(number, time)) }],
          },
        ],
      }),
  },
];

function spanOf(number: number, time: Date): object {
  const attributes = {
    "gen_ai.usage.input_tokens": { intValue: 120 },
    "gen_ai.usage.output_tokens": { intValue: 30 },
    "gen_ai.request.model": { stringValue: "large" },
    "customer.id": { stringValue: "c-1" },
  };
  return {
    traceId: number.toString(16).padStart(32, "0"),
    spanId: number.toString(16).padStart(16, "0"),
    endTimeUnixNano: `${time.getTime()}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
  };
}

/** How many events a second each front door takes, of so many. */
export async function measureDoors(
  target: Deployment,
  events: number,
  time: string,
): Promise<Figures> {
  const figures: Figures = {};
  for (const load of loads) {
    // A door for single events has the time of one for many: a tenth of them.
    const count = load.batch === 1 ? Math.ceil(events / 10) : events;
    figures[`door ${load.door}, events/s`] = count / (await secondsFor(target, load, count, time));
    // What the last door left to do is not the next one's.
    await sleep(1_000);
  }
  return figures;
}

async function secondsFor(
  target: Deployment,
  load: DoorLoad,
  count: number,
  time: string,
): Promise<number> {
  const url = new URL(target.url);
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => openConnection(url, target.key)),
  );
  let next = 0;
  const begun = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const first = next;
        next += load.batch;
        const numbers = Array.from({ length: load.batch }, (_, at) => first + at);
        await connection.post(load.path, load.body(numbers, new Date(time)), load.type);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  for (const connection of connections) connection.close();
  return seconds;
}
