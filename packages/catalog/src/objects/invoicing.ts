import type { Micros } from "@tallybook/periods";
import { versionAt } from "@tallybook/usage";
import type { Catalog } from "../catalog.ts";
import type { ObjectRevised } from "../facts.ts";
import { customerOf, objectsOf } from "../lookups.ts";
import { type Entity, entities } from "./entities.ts";
import { customerFieldsOf } from "./lookups.ts";
import { marketFor } from "./tax-lookups.ts";
import { formsOf, type NumberForms } from "./numbering.ts";
import { wholeBody } from "./read-objects.ts";

/** Whose name stands on an invoice, as the catalog last says it. */
export interface InvoicingEntity {
  readonly entity: string;
  readonly version: number;
  readonly fields: Entity;
  /** Null: the tenant's. */
  readonly numbering: NumberForms | null;
}

/**
 * The entity that invoices a customer: the one that the customer names, else that of the market that the customer is in. Undefined
 * where nobody has said one: then it is the tenant itself.
 */
export function invoicingEntity(
  catalog: Catalog,
  { tenant, customer }: { readonly tenant: string; readonly customer: string },
): InvoicingEntity | undefined {
  const created = customerOf(catalog, tenant, customer);
  if (created === undefined) return undefined;
  const { entity, country } = customerFieldsOf(catalog, created);
  const named = entity ?? marketFor(catalog, tenant, country)?.fields.entity;
  return named === undefined ? undefined : entityOf(catalog, tenant, named);
}

export function entityOf(
  catalog: Catalog,
  tenant: string,
  entity: string,
): InvoicingEntity | undefined {
  const latest: ObjectRevised | undefined = objectsOf(catalog, tenant, "entities")
    .get(entity)
    ?.at(-1);
  if (latest === undefined) return undefined;
  const fields = wholeBody(entities, latest) as Entity;
  const numbering = fields.numbering === null ? null : formsOf(fields.numbering);
  return { entity, version: latest.version, fields, numbering };
}

/** The entities of a tenant, archived ones too, in the order in which they were made. */
export function entityIds(catalog: Catalog, tenant: string): readonly string[] {
  return [...objectsOf(catalog, tenant, entities.collection).keys()];
}

/** How many days after an invoice is made it is to be paid, at a time; null where neither the customer nor the entity that invoices it says. */
export function paymentDaysOf(
  catalog: Catalog,
  tenant: string,
  customer: string,
  at: Micros,
): number | null {
  const created = customerOf(catalog, tenant, customer);
  if (created === undefined) return null;
  const { payment_days: days } = customerFieldsOf(catalog, created, at);
  if (days !== null) return Number(days);
  const named = invoicingEntity(catalog, { tenant, customer })?.entity ?? "";
  const version = versionAt(objectsOf(catalog, tenant, "entities").get(named) ?? [], at);
  if (version === undefined) return null;
  const { payment_days: usual } = wholeBody(entities, version) as Entity;
  return usual === null ? null : Number(usual);
}
