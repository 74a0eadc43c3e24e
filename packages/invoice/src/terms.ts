import { paymentDaysOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

/** When an invoice of a time is to be paid by what a catalog says: so many days of 24 hours later; null where nobody has said. */
export function dueAt(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
  issuedAt: Micros,
): Micros | null {
  const days = paymentDaysOf(catalog, tenant, customer, issuedAt);
  return days === null ? null : issuedAt + days * microsPerDay;
}

const microsPerDay = 86_400 * MICROS_PER_SECOND;
