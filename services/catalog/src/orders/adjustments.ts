import { Faults, orderAdjustment, readAdjustment } from "@tallybook/catalog";
import type { Plain } from "../body.ts";
import type { Order } from "./order.ts";

/** `{ subscription, amount, reason, at?, adjustment? }`; `id` is for one that names none. */
export function adjust(body: Plain, id: string): Order {
  const read = readAdjustment(body);
  return (catalog, asked) => {
    if (!read.ok) return { kind: "faulty", faults: read.faults };
    const faults = new Faults();
    const facts = orderAdjustment(catalog, read.asked, { ...asked, id }, faults);
    const list = faults.list();
    return list.length === 0 ? { kind: "facts", facts } : { kind: "faulty", faults: list };
  };
}
