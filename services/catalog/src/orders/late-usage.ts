import { Faults, lateUsageFacts, readLateUsage } from "@tallybook/catalog";
import type { Plain } from "../body.ts";
import type { Order } from "./order.ts";

/** `{ treatment, write_off_below?, effective_at?, reason }`: what becomes of the tenant's late usage from that time on. */
export function setLateUsage(body: Plain): Order {
  const read = readLateUsage(body);
  return (catalog, asked) => {
    if (!read.ok) return { kind: "faulty", faults: read.faults };
    const faults = new Faults();
    const facts = lateUsageFacts(catalog, read.asked, asked, faults);
    const list = faults.list();
    return list.length === 0 ? { kind: "facts", facts } : { kind: "faulty", faults: list };
  };
}
