import type { Random } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";

import { monthIndex } from "./calendar.ts";
import type { Season } from "./calendar.ts";

/** An event that counts, and what the oracle needs to know of it. */
export interface Sent {
  readonly event: UsageEvent;
  /** The month that its time belongs to. */
  readonly month: number;
  /** The month on whose invoice it comes: a later one where it was late. */
  readonly billed: number;
  /** What the meters spread it over; empty where they do not. */
  readonly model: string;
  readonly input: number;
  readonly output: number;
}

export const subscribersMax = 24;

const models = [
  { model: "swift-1", input: [1469, 1.36, 7_500], output: [13, 0.85, 2_000] },
  { model: "sage-2", input: [1020, 0.99, 14_000], output: [129, 0.86, 1_000] },
  { model: "sage-2-large", input: [2400, 1.1, 32_000], output: [310, 0.9, 4_000] },
] as const;

export const plans = ["ai_developer", "ai_scale", "ai_free"] as const;

export function customerName(index: number): string {
  return `acct-${String(index).padStart(2, "0")}`;
}

export function planOf(index: number): (typeof plans)[number] {
  return plans[index % plans.length] ?? "ai_free";
}

/** Everybody who is billed, from the first month on; `acct-24` uses and has no subscription. */
export function subscribers(start: string): Record<string, unknown> {
  const names = Array.from({ length: subscribersMax }, (_, at) => customerName(at));
  return {
    customers: [...names, customerName(subscribersMax)].map((customer) => ({ customer })),
    subscriptions: names.map((customer, at) => ({ customer, plan: planOf(at), start })),
  };
}

/** The next event of the workload: its number makes its id, everything else follows from the seed and the season. */
export function nextEvent(number: number, season: Season, chance: Random): Sent {
  const isLate = season.late !== null && chance.below(20) === 0;
  const { from, to } = isLate && season.late !== null ? season.late : season;
  const time = from + chance.below(to - from);
  const isUntimed = !isLate && season.untimed && chance.below(30) === 0;
  const kind = chance.below(50);
  const base = {
    id: `use-${number}`,
    source: `gateway-${number % 3}`,
    // A few customers make most of the usage, enough for every tier.
    customer: customerName(Math.floor((subscribersMax + 1) * chance.next() ** 2)),
    ...(isUntimed ? {} : { time: new Date(time).toISOString() }),
  };
  const sent = { month: isUntimed ? season.month : monthIndex(time), billed: season.month };
  if (kind < 2) {
    const event = { ...base, type: "image.generation", properties: { model: "brush-1" } };
    return { ...sent, event, model: "", input: 0, output: 0 };
  }
  if (kind === 2) {
    const event = { ...base, type: "llm.embedding", properties: { model: "vector-1" } };
    return { ...sent, event, model: "", input: 0, output: 0 };
  }
  const shape = models[chance.below(models.length)] ?? models[0];
  const [input, output] = [chance.lognormal(shape.input) * 8, chance.lognormal(shape.output) * 8];
  const properties = { model: shape.model, input_token_count: input, output_token_count: output };
  return {
    ...sent,
    event: { ...base, type: "llm.completion", properties },
    model: shape.model,
    input,
    output,
  };
}

/** The same identity with other content: the first one stays. */
export function conflictWith({ event }: Sent): UsageEvent {
  return { ...event, properties: { ...event.properties, model: "another", attempt: 2 } };
}

/** What producers get wrong: refused at the door, and kept with its reason. */
export function malformed(number: number): unknown {
  const base = { id: `bad-${number}`, type: "llm.completion" };
  const kinds = [
    base,
    { ...base, customer: "acct-00", time: "yesterday" },
    { ...base, customer: "acct-00", time: "2061-01-01T00:00:00Z" },
    `use ${number}`,
  ];
  return kinds[number % kinds.length];
}
