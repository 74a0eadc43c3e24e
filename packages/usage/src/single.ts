import type { OneEvent, UsageRow } from "./rollups.ts";

/** The event that a row was measured from. Throws for a row that stands for several: they had to be read one by one. */
export function singleEvent({ event, meter, slot, count }: UsageRow): OneEvent {
  if (event !== null) return event;
  throw new Error(
    `a row of meter ${meter}, slot ${slot}, is of ${count} events, and its quantity is made of single ones`,
  );
}
