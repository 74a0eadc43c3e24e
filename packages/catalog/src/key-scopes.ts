import type { Catalog, KeyScope } from "./catalog.ts";
import type { Caller } from "./lookups.ts";
import { metersAt } from "./lookups.ts";

/** What a key may send; null: anything. */
export interface Allowed {
  readonly customers: ReadonlySet<string> | null;
  readonly eventTypes: ReadonlySet<string> | null;
}

/** The limits of a caller's key, meters by the event types that any of their versions measures; null where it has none. */
export function allowedBy(catalog: Catalog, { tenant, scope }: Caller): Allowed | null {
  if (scope === null) return null;
  const { customers } = scope;
  return {
    customers: customers.length === 0 ? null : new Set(customers),
    eventTypes: eventTypesOf(catalog, tenant, scope),
  };
}

/** Which field of an event is outside of the limits, and what to do; undefined where none is. */
export function outsideOf(
  { customers, eventTypes }: Allowed,
  event: { readonly customer: string; readonly type: string },
): { readonly field: "customer" | "type"; readonly detail: string } | undefined {
  const remedy = "send it with a key that may, or ask an admin for one";
  if (customers !== null && !customers.has(event.customer)) {
    const detail = `the API key may not send events of the customer ${event.customer}: ${remedy}`;
    return { field: "customer", detail };
  }
  if (eventTypes !== null && !eventTypes.has(event.type)) {
    const detail = `the API key may not send events of the type ${event.type}: ${remedy}`;
    return { field: "type", detail };
  }
  return undefined;
}

function eventTypesOf(
  catalog: Catalog,
  tenant: string,
  { meters, event_types }: KeyScope,
): ReadonlySet<string> | null {
  if (meters.length === 0 && event_types.length === 0) return null;
  const known = metersAt(catalog, tenant);
  const measured = meters.flatMap((meter) => measuredBy(known, meter));
  return new Set([...event_types, ...measured]);
}

/** A composite measures by its parts. */
function measuredBy(known: ReturnType<typeof metersAt>, meter: string): string[] {
  const versions = known.get(meter) ?? [];
  return versions.flatMap(({ event_type, parts }) =>
    parts.length === 0
      ? [event_type]
      : parts.flatMap((part) => (known.get(part.meter) ?? []).map((each) => each.event_type)),
  );
}
