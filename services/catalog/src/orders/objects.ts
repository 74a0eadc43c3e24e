import { customerOf, entryOf, type DocumentEntry } from "@tallybook/catalog";
import { parseTime, type Micros } from "@tallybook/periods";
import type { Fault } from "@tallybook/pricing";
import { isPlainObject, membersOf, type Plain } from "../body.ts";
import { applyOne } from "./apply.ts";
import { notFound, type Order } from "./order.ts";

/** The object of that id becomes what the body says. */
export function reviseObject(section: string, idField: string, id: string, body: Plain): Order {
  return (catalog, asked) => {
    const said = isPlainObject(body) ? body[idField] : undefined;
    if (said !== undefined && said !== id) {
      const detail = `the address says ${id}: leave it out, or write that`;
      return { kind: "faulty", faults: [{ field: idField, reason: "other_id", detail }] };
    }
    const object = isPlainObject(body) ? { ...body, [idField]: id } : body;
    return applyOne(section, object)(catalog, asked);
  };
}

/** Nothing new refers to it from now on, or may again. */
export function archiveObject(section: string, noun: string, id: string, archived: boolean): Order {
  return (catalog, asked) => {
    const entry = entryOf(catalog, asked.tenant, section, id);
    if (entry === undefined) return notFound(`there is no ${noun} ${id}`);
    return applyOne(section, { ...fromNowOn(entry, asked.now), archived })(catalog, asked);
  };
}

/** What is said of it holds from now on, and not since its last version; of one that is still to come, from then on. */
function fromNowOn({ effective_at = null, ...entry }: DocumentEntry, now: Micros): DocumentEntry {
  const since = typeof effective_at === "string" ? parseTime(effective_at) : undefined;
  return since !== undefined && since > now ? { ...entry, effective_at } : entry;
}

/** `{ approval, activated_at? }`: now unless it says. */
export function approveCustomer(id: string, body: Plain): Order {
  return (catalog, asked) => {
    const faults: Fault[] = [];
    const said = membersOf(body, ["approval", "activated_at"], faults);
    if (said.approval === null && faults.length === 0)
      faults.push({ field: "approval", reason: "missing", detail: "it is required" });
    if (faults.length > 0) return { kind: "faulty", faults };
    if (customerOf(catalog, asked.tenant, id) === undefined)
      return notFound(`there is no customer ${id}`);
    const entry = entryOf(catalog, asked.tenant, "customers", id) ?? {};
    return applyOne("customers", { ...entry, ...said })(catalog, asked);
  };
}
