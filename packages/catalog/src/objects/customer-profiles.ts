import type { Entry } from "../entry.ts";
import { type Approval, neverApproved, readApproval, settledApproval } from "./approval.ts";
import type { Collection, Reference, Settling } from "./collection.ts";
import {
  type DocumentLanguage,
  documentLanguages,
  type InvoiceGrouping,
  invoiceGroupings,
} from "./document-settings.ts";
import { countryIn, daysIn, regionIn, textsIn } from "./read-texts.ts";
import { evidenceIn, type TaxEvidence } from "./tax-evidence.ts";

/** Whether, and by whom, taxes are owed on what the customer buys. */
export type TaxStatus = "taxable" | "exempt" | "reverse_charge";

/** What is known of a customer besides currency and time zone, which are for good. */
export type CustomerProfile = Approval & {
  readonly name: string;
  readonly email: string | null;
  /** The customer that it is a part of. */
  readonly parent: string | null;
  readonly country: string | null;
  /** The part of the country, where taxes differ. */
  readonly region: string | null;
  readonly tax_status: TaxStatus;
  readonly tax_id: string | null;
  /** Behind the status. */
  readonly tax_evidence: TaxEvidence | null;
  /** In whose name it is invoiced. */
  readonly entity: string | null;
  /** How many days after an invoice is made it is to be paid; null: as its entity says. */
  readonly payment_days: string | null;
  readonly account_type: "Organization" | "Individual" | null;
  /** Of its documents; null: the tenant's. */
  readonly language: DocumentLanguage | null;
  /** Null: the tenant's. */
  readonly invoice_grouping: InvoiceGrouping | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const customerProfiles: Collection<CustomerProfile> = {
  collection: "customers",
  idField: "customer",
  idRule: "id",
  within: "customers",
  read: (entry) => ({
    name: entry.text("name", "id", entry.text("customer", "id")),
    ...readRest(entry),
  }),
  references: ({ parent, entity }): Reference[] => [
    ...(parent === null ? [] : [{ field: "parent", collection: "customers", id: parent }]),
    ...(entity === null ? [] : [{ field: "entity", collection: "entities", id: entity }]),
  ],
  settle(profile, settling) {
    faultCircle(profile, settling);
    return { ...profile, ...settledApproval(profile, settling) };
  },
};

/** Of a customer of whom nobody has said more than the name. */
export function usualProfile(name: string): CustomerProfile {
  return {
    name,
    email: null,
    account_type: null,
    language: null,
    invoice_grouping: null,
    parent: null,
    country: null,
    region: null,
    tax_status: "taxable",
    tax_id: null,
    tax_evidence: null,
    entity: null,
    payment_days: null,
    ...neverApproved,
    metadata: {},
  };
}

function readRest(entry: Entry): Omit<CustomerProfile, "name"> {
  const statuses = ["taxable", "exempt", "reverse_charge"] as const;
  return {
    email: entry.textOrNull("email", "id"),
    account_type: entry.oneOfOrNull("account_type", ["Organization", "Individual"] as const),
    language: entry.oneOfOrNull("language", documentLanguages),
    invoice_grouping: entry.oneOfOrNull("invoice_grouping", invoiceGroupings),
    parent: entry.textOrNull("parent", "id"),
    country: countryIn(entry, "country"),
    region: regionIn(entry, "region"),
    tax_status: entry.oneOfOrNull("tax_status", statuses) ?? "taxable",
    tax_id: entry.textOrNull("tax_id", "id"),
    tax_evidence: evidenceIn(entry, "tax_evidence"),
    entity: entry.textOrNull("entity", "name"),
    payment_days: daysIn(entry, "payment_days"),
    ...readApproval(entry),
    metadata: textsIn(entry, "metadata"),
  };
}

/** Nobody is a part of itself. */
function faultCircle({ parent }: CustomerProfile, { id, given, fault }: Settling): void {
  const passed: string[] = [id];
  for (let next = parent; next !== null;) {
    if (passed.includes(next)) {
      const detail = `then ${[...passed, next].join(" is a part of ")}: nobody is a part of itself`;
      fault("parent", "circle", detail);
      return;
    }
    passed.push(next);
    next = (given.body("customers", next) as CustomerProfile | undefined)?.parent ?? null;
  }
}
