import { plan, validateDocument, type Asked, type Catalog } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";
import type { Plain } from "../body.ts";
import type { Decided, Order } from "./order.ts";

/** A section of a document. */
export type Section = string;

/** A whole document. */
export function applyDocument(document: Plain): Order {
  return (catalog, asked) => planned(document, catalog, asked, "");
}

/** One object of a section, by the same rules as in a document. */
export function applyOne(section: Section, object: Plain): Order {
  return (catalog, asked) => planned({ [section]: [object] }, catalog, asked, `${section}[0]`);
}

export function planned(document: Plain, catalog: Catalog, asked: Asked, within: string): Decided {
  const validated = validateDocument(document);
  if (!validated.ok)
    return { kind: "faulty", faults: validated.faults.map((fault) => inside(within, fault)) };
  const outcome = plan(catalog, validated.document, asked);
  if (outcome.ok) return { kind: "facts", facts: outcome.facts };
  return { kind: "faulty", faults: outcome.faults.map((fault) => inside(within, fault)) };
}

/** Who sent one object knows nothing of a document around it. */
function inside(within: string, fault: Fault): Fault {
  if (within === "" || !fault.field.startsWith(within)) return fault;
  return { ...fault, field: fault.field.slice(within.length).replace(/^\./, "") };
}
