import { textFault, type Asked, type Catalog, type CatalogFact } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";

/** What an order comes to: facts to append (none where all is so already), or why it cannot be. */
export type Decided =
  | { readonly kind: "facts"; readonly facts: readonly CatalogFact[] }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] }
  | { readonly kind: "not_found"; readonly detail: string }
  | { readonly kind: "conflict"; readonly detail: string };

/** Decides on the catalog as it is when the order's turn has come. */
export type Order = (catalog: Catalog, asked: Asked) => Decided;

export function faultsOfText(field: string, text: string, rule: "id" | "name"): Fault[] {
  const fault = textFault(text, rule);
  return fault === undefined ? [] : [{ field, ...fault }];
}

export function head({ tenant, now, actor }: Asked) {
  return { tenant, recorded_at: now, actor };
}

export function deploymentHead({ now, actor }: Asked) {
  return { tenant: "", recorded_at: now, actor };
}

export function notFound(detail: string): Decided {
  return { kind: "not_found", detail };
}

export function facts(...list: readonly CatalogFact[]): Decided {
  return { kind: "facts", facts: list };
}
