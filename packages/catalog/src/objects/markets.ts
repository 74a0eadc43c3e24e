import type { Collection } from "./collection.ts";
import { isCountry } from "./countries.ts";
import { textsIn, timeTextIn } from "./read-texts.ts";
import { evidenceIn, type TaxEvidence } from "./tax-evidence.ts";

/** The id of the market of all countries that have none of their own. */
export const otherCountries = "other";

/** A country that is sold into: by whom, and what becomes of taxes there. */
export type Market = {
  /** Invoices whoever is there and names no other entity, and owes the taxes. */
  readonly entity: string;
  /** rates: those of the catalog; calculator: one outside says them; none: with the reason. */
  readonly tax: "rates" | "calculator" | "none";
  /** Stands on invoices, where no tax is taken. */
  readonly reason: string | null;
  /** Which one; null unless `tax` is calculator. */
  readonly calculator: string | null;
  /** From when on invoices are finalized there, RFC 3339; null: not yet. */
  readonly activated_at: string | null;
  readonly evidence: TaxEvidence | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const markets: Collection<Market> = {
  collection: "markets",
  idField: "market",
  idRule: "name",
  within: null,
  read(entry) {
    const id = entry.text("market", "name");
    if (id !== "" && id !== otherCountries && !isCountry(id)) {
      const detail = `${id} is no country: write its two capital letters of ISO 3166-1, such as DE, or \`${otherCountries}\` for all that have no market of their own`;
      entry.fault("market", "unknown_jurisdiction", detail);
    }
    const tax = entry.oneOfOrNull("tax", ["rates", "calculator", "none"] as const) ?? "rates";
    const market = {
      entity: entry.text("entity", "name"),
      tax,
      reason: entry.textOrNull("reason", "id"),
      calculator: entry.textOrNull("calculator", "name"),
      activated_at: timeTextIn(entry, "activated_at"),
      evidence: evidenceIn(entry, "evidence"),
      metadata: textsIn(entry, "metadata"),
    };
    if (tax === "none" && market.reason === null) {
      const detail = "it is required where no tax is taken, and stands on invoices";
      entry.fault("reason", "missing", detail);
    }
    if (tax !== "none" && market.reason !== null)
      entry.fault("reason", "not_of_tax", `tax is ${tax}: leave it out`);
    if ((tax === "calculator") !== (market.calculator !== null)) {
      const detail = "name the calculator where tax is calculator, and only there";
      entry.fault("calculator", "not_of_tax", detail);
    }
    return market;
  },
  references: ({ entity, calculator }) => [
    { field: "entity", collection: "entities", id: entity },
    ...(calculator === null
      ? []
      : [{ field: "calculator", collection: "tax_calculators", id: calculator }]),
  ],
};
