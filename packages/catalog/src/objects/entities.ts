import { Entry } from "../entry.ts";
import type { Faults } from "../faults.ts";
import { faultRepeats } from "../repeats.ts";
import type { Collection } from "./collection.ts";
import { isCountry } from "./countries.ts";
import { type Numbering, numberingIn } from "./numbering.ts";
import { countryIn, dayIn, daysIn, textListIn, textsIn } from "./read-texts.ts";
import { evidenceIn, type TaxEvidence } from "./tax-evidence.ts";

/** A company of the vendor's, in whose name invoices are written. */
export type Entity = {
  readonly name: string;
  readonly country: string | null;
  readonly tax_id: string | null;
  readonly email: string | null;
  /** How many days after an invoice is made it is to be paid; null: nobody has said. */
  readonly payment_days: string | null;
  /** By its lines. */
  readonly address: readonly string[];
  /** Null: its invoices are numbered in the tenant's series. */
  readonly numbering: Numbering | null;
  /** Where else than at home it owes taxes, under which number. */
  readonly registrations: readonly Registration[];
  readonly metadata: Readonly<Record<string, string>>;
};

/** An entity owes the taxes of a country. */
export type Registration = {
  readonly country: string;
  readonly tax_id: string;
  /** A day; null: ever since. */
  readonly since: string | null;
  readonly evidence: TaxEvidence | null;
};

export const entities: Collection<Entity> = {
  collection: "entities",
  idField: "entity",
  idRule: "name",
  within: null,
  read(entry) {
    const entity = {
      name: entry.text("name", "id", entry.text("entity", "name")),
      country: countryIn(entry, "country"),
      tax_id: entry.textOrNull("tax_id", "id"),
      email: entry.textOrNull("email", "id"),
      payment_days: daysIn(entry, "payment_days"),
      address: textListIn(entry, "address"),
      numbering: numberingIn(entry, "numbering"),
      registrations: entry.list("registrations", readRegistration),
      metadata: textsIn(entry, "metadata"),
    };
    const { registrations } = entity;
    faultRepeats(
      entry.path("registrations"),
      registrations,
      ({ country }) => country,
      "country",
      entry.faults,
    );
    return entity;
  },
  references: () => [],
};

function readRegistration(json: unknown, at: string, faults: Faults): Registration {
  const entry = new Entry(json, at, faults);
  const country = entry.text("country", "id");
  if (country !== "" && !isCountry(country))
    entry.fault("country", "unknown_jurisdiction", `${country} is no country of ISO 3166-1`);
  const registration = {
    country,
    tax_id: entry.text("tax_id", "id"),
    since: dayIn(entry, "since"),
    evidence: evidenceIn(entry, "evidence"),
  };
  entry.end();
  return registration;
}
