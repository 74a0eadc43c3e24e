import type { PlatformOutcome } from "@tallybook/cli";
import type { UsageEvent } from "@tallybook/client";

/** What the demo's month comes to, counted from its events alone. */

/** What the door took, without repeats and what contradicts it: the first of an identity counts. */
export function acceptedOf({ month, streamed }: PlatformOutcome): readonly UsageEvent[] {
  const refused = new Set(streamed.refused.map(({ id }) => id));
  const byId = new Map<string, UsageEvent>();
  for (const item of [...month.onTime, ...month.late] as UsageEvent[]) {
    const isTaken = /^use-\d+$/.test(item.id ?? "") && !refused.has(item.id);
    if (isTaken && !byId.has(item.id)) byId.set(item.id, item);
  }
  return [...byId.values()];
}

export type TokenKind = "input_token_count" | "output_token_count";

export function tokensOf(kind: TokenKind, events: readonly UsageEvent[]): bigint {
  return events.reduce((sum, { properties }) => sum + BigInt(Number(properties?.[kind] ?? 0)), 0n);
}

export function modelOf({ properties }: UsageEvent): string {
  return (properties?.["model"] ?? "") as string;
}

/** By a text, in the order of the texts. */
export function groupedBy(
  events: readonly UsageEvent[],
  key: (event: UsageEvent) => string,
): readonly (readonly [string, readonly UsageEvent[]])[] {
  return Object.entries(Object.groupBy(events, key))
    .map(([name, of]) => [name, of ?? []] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** `2023-11-16 18:00:00` */
export function hourOf({ time }: UsageEvent): string {
  return `${String(time).slice(0, 13).replace("T", " ")}:00:00`;
}

/** Customers by the Monday of their first week, and how many weeks after it they were active. */
export function cohortsOf(events: readonly UsageEvent[]): ReadonlyMap<string, number> {
  const firstByCustomer = new Map<string, number>();
  for (const event of events) {
    const first = firstByCustomer.get(event.customer) ?? Infinity;
    firstByCustomer.set(event.customer, Math.min(first, mondayOf(event)));
  }
  const active = groupedBy(events, (event) => {
    const first = firstByCustomer.get(event.customer) ?? 0;
    const day = new Date(first * dayMs).toISOString().slice(0, 10);
    return `${day} ${(mondayOf(event) - first) / 7}`;
  });
  return new Map(active.map(([key, of]) => [key, new Set(of.map((one) => one.customer)).size]));
}

const dayMs = 86_400_000;

/** In days since 1970-01-01, which was a Thursday. */
function mondayOf({ time }: UsageEvent): number {
  const day = Math.floor(Date.parse(String(time)) / dayMs);
  return day - ((day + 3) % 7);
}
