import { customerOf, paymentDaysOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { dayOfLocal, MICROS_PER_DAY, zoneNamed } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

/**
 * When an invoice of a time is to be paid by what a catalog says: the last moment of the day that is so many days of the customer's
 * calendar behind the day of issue; null where nobody has said.
 */
export function dueAt(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
  issuedAt: Micros,
): Micros | null {
  const days = paymentDaysOf(catalog, tenant, customer, issuedAt);
  if (days === null) return null;
  const zone = customerZone(catalog, tenant, customer);
  const next = (localDay(issuedAt, zone) + days + 1) * MICROS_PER_DAY;
  return (zoneNamed(zone)?.firstAt(next) ?? next) - 1;
}

/** The zone whose days a customer's documents are dated by. */
export function customerZone(catalog: Catalog, tenant: string, customer: string): string {
  return customerOf(catalog, tenant, customer)?.time_zone ?? "UTC";
}

/** The day of a time by the clocks of a zone, counted from 1970-01-01. */
export function localDay(time: Micros, zone: string): number {
  return dayOfLocal(zoneNamed(zone)?.localAt(time) ?? time);
}
