import { random } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";

import { aggregated, unitsOf } from "../../contract/aggregation-oracle.ts";
import type { Plain, Seen } from "../../contract/aggregation-oracle.ts";

/** An event with readings of every kind; `m` is never below zero. */
export interface ReadingEvent extends Seen {
  readonly id: string;
  readonly m: string;
  readonly model: string;
}

export interface MeteredPrice {
  readonly price: string;
  readonly meter: Plain;
  readonly unit_amount: string;
  readonly per: number;
}

/** One price per meter; thirds and sevenths end nowhere. */
export const plainPrices: readonly MeteredPrice[] = [
  { price: "peak", meter: "max", unit_amount: "0.07", per: 3 },
  { price: "floor", meter: "min", unit_amount: "1.25", per: 1 },
  { price: "level", meter: "latest", unit_amount: "0.000000000001", per: 7 },
  { price: "seats", meter: "unique", unit_amount: "9.99", per: 1 },
  { price: "mean", meter: "average", unit_amount: "0.3", per: 7 },
];

/** By model and region; what they leave out has the default, `rows[2]`. */
export const volumeRows = [
  { model: "large", region: "eu", unit_amount: "3", per: 7 },
  { model: "large", region: "", unit_amount: "0", per: 1 },
] as const;
export const volumeDefault = { unit_amount: "0.5", per: 3 } as const;

/** By model alone, and without a default: calls of the model `odd` are nobody's. */
export const callRows = [
  { model: "large", unit_amount: "0.02" },
  { model: "small", unit_amount: "0.003" },
] as const;

const customers = ["cold", "north", "south"] as const;
const second = 1_000_000;

/** Events of a month, made from a seed; times are all different, so that the latest needs no partition to be told. */
export function readingsOf(
  label: string,
  { seed, count, from, seconds }: { seed: number; count: number; from: number; seconds: number },
): ReadingEvent[] {
  const { below } = random(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;
  const spacing = Math.floor((seconds * second) / count);
  return Array.from({ length: count }, (_, at) => {
    const customer = pick(customers);
    const isBelow = customer === "cold" || below(6) === 0;
    return {
      id: `${label}-${at}`,
      partition: 0,
      offset: at,
      customer,
      // Not in the order of their numbers.
      time: from + ((at * 7_919) % count) * spacing + below(spacing),
      region: pick(["eu", "us", ""]),
      model: pick(["large", "small", "odd"]),
      n: `${isBelow ? "-" : ""}${1 + below(900)}.${String(below(1_000_000)).padStart(6, "0")}`,
      m: `${below(5_000)}.${String(below(1_000)).padStart(3, "0")}`,
      user: `user ${below(40)}`,
    };
  });
}

export function eventOf({
  id,
  customer,
  time,
  region,
  model,
  n,
  m,
  user,
}: ReadingEvent): UsageEvent {
  const date = new Date(Math.floor(time / 1_000)).toISOString();
  const micros = String(time % second).padStart(6, "0");
  return {
    id,
    type: "reading",
    customer,
    time: date.replace(/\.\d+Z$/, `.${micros}Z`),
    properties: { n, m, user, model, ...(region === "" ? {} : { region }) },
  };
}

/** What a price comes to for events, by the plainest reading: quantity in 10^-12, amount in 10^-24, cut. */
export function chargeOf(
  { meter, unit_amount, per }: MeteredPrice,
  events: readonly ReadingEvent[],
): { readonly quantity: bigint; readonly amount: bigint } {
  const quantity = aggregated(meter, events);
  const whole = quantity > 0n ? (quantity * unitsOf(unit_amount)) / BigInt(per) : 0n;
  return { quantity, amount: whole };
}

/** Sums of `m` per model and region, each by its row. */
export function volumeOf(events: readonly ReadingEvent[]): { quantity: bigint; amount: bigint } {
  const common = 21n;
  let quantity = 0n;
  let amount = 0n;
  for (const group of Map.groupBy(events, ({ model, region }) => `${model}/${region}`).values()) {
    const [first] = group;
    const row =
      volumeRows.find(({ model, region }) => model === first?.model && region === first.region) ??
      volumeDefault;
    const sum = group.reduce((total, { m }) => total + unitsOf(m), 0n);
    quantity += sum;
    amount += sum * unitsOf(row.unit_amount) * (common / BigInt(row.per));
  }
  return { quantity, amount: amount / common };
}

/** Calls of the models that have a row. */
export function callsOf(events: readonly ReadingEvent[]): { quantity: bigint; amount: bigint } {
  let quantity = 0n;
  let amount = 0n;
  for (const { model } of events) {
    const row = callRows.find((each) => each.model === model);
    if (row === undefined) continue;
    quantity += unitsOf("1");
    amount += unitsOf("1") * unitsOf(row.unit_amount);
  }
  return { quantity, amount };
}

/** A number with up to 24 decimals, in 10^-24. */
export function finestOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + fraction.padEnd(24, "0"));
  return text.startsWith("-") ? -size : size;
}
