import { Faults, orderBackfill, readBackfill } from "@tallybook/catalog";
import type { Plain } from "../body.ts";
import type { Order } from "./order.ts";

/** `{ from, to, reason, sources?, closes_at?, events?, digest?, backfill? }`; `id` is for one that names none. */
export function openBackfill(body: Plain, id: string): Order {
  const read = readBackfill(body);
  return (catalog, asked) => {
    if (!read.ok) return { kind: "faulty", faults: read.faults };
    const faults = new Faults();
    const facts = orderBackfill(catalog, read.asked, { ...asked, id }, faults);
    const list = faults.list();
    return list.length === 0 ? { kind: "facts", facts } : { kind: "faulty", faults: list };
  };
}
