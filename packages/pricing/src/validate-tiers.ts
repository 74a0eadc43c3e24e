import type { Fault } from "./fault.ts";
import { readTiers } from "./make-quantity-charge.ts";
import type { Price } from "./price.ts";
import { Reading } from "./reading.ts";

/** What is wrong with the tiers of a graduated or volume price; it has at least one. */
export function tierFaults({ tiers, beyond }: Price): readonly Fault[] {
  const reading = new Reading();
  readTiers({ tiers: tiers.map((tier) => ({ ...tier, cap_amount: null })), beyond }, reading);
  return reading.faults;
}
