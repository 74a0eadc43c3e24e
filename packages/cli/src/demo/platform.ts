import type { UsageEvent } from "@tallybook/client";
import { random, type Random } from "./random.ts";

/** A month of an AI platform, made up from a seed. */
export type PlatformMonth = {
  readonly customers: readonly PlatformCustomer[];
  readonly models: readonly { readonly model: string; readonly name: string }[];
  /** Sent before the month closes: events, repeats of them, conflicts and malformed items, mixed. */
  readonly onTime: readonly unknown[];
  /** Of the same month, sent after it was rated. */
  readonly late: readonly UsageEvent[];
  readonly repeats: number;
  readonly conflicts: number;
  readonly malformed: number;
};

export type PlatformCustomer = {
  readonly customer: string;
  readonly name: string;
  readonly plan: string;
};

const from = Date.UTC(2023, 10, 1);
const minutes = 30 * 24 * 60;

/** Shapes after two production LLM services, by model and how people call it: median and spread (of the logarithm) of the token counts, and their bound. */
const models = [
  { model: "swift-1", name: "Swift 1", input: [1469, 1.36, 7_500], output: [13, 0.85, 2_000] },
  { model: "sage-2", name: "Sage 2", input: [1020, 0.99, 14_000], output: [129, 0.86, 1_000] },
  {
    model: "sage-2-large",
    name: "Sage 2 Large",
    input: [2400, 1.1, 32_000],
    output: [310, 0.9, 4_000],
  },
] as const;

const names = [
  "Alder & Finch",
  "Bluewater Labs",
  "Café Lumière",
  "Delta Robotics",
  "Ember Games",
  "Foxglove Health",
  "Granite Legal",
  "Harbour Freight AI",
  "Iris Studio",
  "Juniper Bank",
  "Kestrel Air",
  "Lumen Retail",
] as const;
const plans = ["ai_developer", "ai_scale", "ai_free"] as const;

/** About `count` events, of which one in fifty is sent twice and one in a hundred comes late. */
export function platformMonth(seed: number, count: number): PlatformMonth {
  const chance = random(seed);
  const customers = names.map((name, i) => ({
    customer: `acct-${String(i + 1).padStart(3, "0")}`,
    name,
    plan: plans[i % plans.length] ?? "ai_free",
  }));
  const onTime: unknown[] = [];
  const late: UsageEvent[] = [];
  let repeats = 0;
  let conflicts = 0;
  for (let i = 0; i < count; i += 1) {
    const event = usageEvent(i, pickCustomer(chance, customers), chance);
    if (chance.below(100) === 0) {
      late.push(event);
      continue;
    }
    onTime.push(event);
    if (chance.below(50) === 0) {
      onTime.push(event);
      repeats += 1;
    } else if (chance.below(1_000) === 0) {
      onTime.push({ ...event, properties: { ...event.properties, model: "another" } });
      conflicts += 1;
    }
  }
  const malformed = malformedItems(Math.max(6, Math.round(count / 5_000)));
  for (const item of malformed) onTime.splice(chance.below(onTime.length), 0, item);
  const named = models.map(({ model, name }) => ({ model, name }));
  return {
    customers,
    models: named,
    onTime,
    late,
    repeats,
    conflicts,
    malformed: malformed.length,
  };
}

/** A few customers make most of the usage. */
function pickCustomer(chance: Random, customers: readonly PlatformCustomer[]): string {
  const index = Math.floor(customers.length * chance.next() ** 2);
  return customers[index]?.customer ?? "acct-001";
}

function usageEvent(index: number, customer: string, chance: Random): UsageEvent {
  const base = {
    id: `use-${index}`,
    source: `gateway-${index % 3}`,
    customer,
    time: new Date(from + chance.below(minutes * 60_000)).toISOString(),
  };
  if (chance.below(40) === 0) {
    return { ...base, type: "image.generation", properties: { model: "brush-1" } };
  }
  const { model, input, output } = models[chance.below(models.length)] ?? models[0];
  return {
    ...base,
    type: "llm.completion",
    properties: {
      model,
      input_token_count: chance.lognormal(input),
      output_token_count: chance.lognormal(output),
    },
  };
}

/** What producers get wrong; each is refused at the door, and kept with its reason. */
function malformedItems(count: number): unknown[] {
  const time = "2023-11-12T10:00:00Z";
  const kinds: readonly ((id: string) => unknown)[] = [
    (id) => ({ id, type: "llm.completion", time }),
    (id) => ({ id, type: "llm.completion", customer: "acct-001", time: "yesterday" }),
    (id) => ({ id, type: "llm.completion", customer: "acct-001", time: "2023-11-12T10:00:00" }),
    (id) => ({ id, type: "llm.completion", customer: "acct-001", time: "2031-01-01T00:00:00Z" }),
    () => ({ type: "llm.completion", customer: "acct-001", time }),
    (id) => `use ${id}`,
  ];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]?.(`bad-${i}`));
}
