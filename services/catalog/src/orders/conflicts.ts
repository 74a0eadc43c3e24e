import { dismissalsOf } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";
import { membersOf, type Plain } from "../body.ts";
import { facts, faultsOfText, head, type Order } from "./order.ts";

/** `{ reason }`: a conflict stays rejected. Once dismissed it stays so, with its first reason. */
export function dismissConflict(conflict: string, body: Plain): Order {
  return (catalog, asked) => {
    const faults: Fault[] = [];
    const { reason } = membersOf(body, ["reason"], faults);
    if (typeof reason === "string") faults.push(...faultsOfText("reason", reason, "id"));
    else faults.push({ field: "reason", reason: "missing", detail: "it must be a text: why" });
    if (!/^\d{1,5}-\d{1,15}$/.test(conflict)) {
      const detail = "it must be a conflict's id, such as 2-117, as GET /v1/conflicts lists them";
      faults.push({ field: "id", reason: "not_a_conflict", detail });
    }
    if (typeof reason !== "string" || faults.length > 0) return { kind: "faulty", faults };
    if (dismissalsOf(catalog, asked.tenant).has(conflict)) return facts();
    return facts({ kind: "ConflictDismissed", ...head(asked), conflict, reason });
  };
}
