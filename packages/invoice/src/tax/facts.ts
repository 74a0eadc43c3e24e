import type { TaxStatus } from "@tallybook/catalog";
import type { DecimalText } from "@tallybook/money";
import type { Micros } from "@tallybook/periods";

/** What becomes of an amount: `taxed` at a rate, or not, with a reason that stands on the invoice. */
export type TaxTreatment = "taxed" | "exempt" | "reverse_charge" | "untaxed";

/** One tax on some lines of an invoice, or why there is none on them. */
export interface InvoiceTax extends TaxOn {
  /** What is taxed: its lines, without the taxes that their prices hold. Exact, major units, cut to 24 decimals. */
  readonly base: DecimalText;
  /** Before it is rounded, major units, cut to 24 decimals. */
  readonly exact: DecimalText;
  /** Minor units, rounded half away from zero; what is owed to the jurisdiction. */
  readonly amount: DecimalText;
  /** The lines that it is on, from 1. */
  readonly lines: readonly number[];
}

/** What is the same on every line that a tax is on. */
export interface TaxOn {
  readonly treatment: TaxTreatment;
  /** Null: no rate of the catalog took it. */
  readonly tax_rate: string | null;
  readonly tax_rate_version: number | null;
  readonly name: string;
  /** Whom it is owed to; empty where nothing is. */
  readonly jurisdiction: string;
  /** 0 where nothing is taken. */
  readonly percent: DecimalText;
  /** The lines' amounts hold it already. */
  readonly inclusive: boolean;
  /** Why nothing is taken; empty where something is. */
  readonly reason: string;
}

/** Who says what tax there is. */
export type TaxSource = "rates" | "status" | "market" | "calculator";

/** By what the taxes of an invoice were told: with the catalog below the offset they come out again. */
export interface TaxBasis {
  readonly catalog_offset: number;
  /** When it is issued, for what holds then. */
  readonly told_at: Micros;
  readonly source: TaxSource;
  /** Who owes the tax, and in whose name it is invoiced; null: the tenant, of whom the catalog says no more. */
  readonly entity: string | null;
  readonly entity_version: number | null;
  /** Under which number it owes taxes there; null: none is known. */
  readonly owner_tax_id: string | null;
  /** Where the customer is: ISO 3166-1 and the part of it that ISO 3166-2 knows; null: nobody has said it. */
  readonly country: string | null;
  readonly region: string | null;
  readonly status: TaxStatus;
  readonly customer_tax_id: string | null;
  /** Of the form behind the status. */
  readonly reference: string | null;
  /** Id of the answer of an outside calculator; else null. */
  readonly calculation: string | null;
}

/** The tax of a draft that is due cannot be told: it waits until somebody mends what the reason says, and finalizes it. */
export interface TaxUnknown {
  readonly kind: "TaxUnknown";
  readonly tenant: string;
  readonly invoice: string;
  readonly reason: string;
  /** The step's time, or the deployment's clock where a calculator was asked. */
  readonly told_at: Micros;
}

/** An invoice that is due waits as a draft for what an outside calculator says. */
export interface TaxAwaited {
  readonly kind: "TaxAwaited";
  readonly tenant: string;
  readonly invoice: string;
  readonly calculator: string;
  /** The step's time. */
  readonly awaited_at: Micros;
}

/** What an outside calculator has answered. The invoice that it is for is committed with it, so that no replay asks again. */
export interface TaxCalculated {
  readonly kind: "TaxCalculated";
  readonly tenant: string;
  readonly invoice: string;
  /** SHA-256 of request and answer, hex. */
  readonly calculation: string;
  readonly calculator: string;
  /** SHA-256 of the request. */
  readonly request_digest: Uint8Array;
  readonly taxes: readonly InvoiceTax[];
  /** The deployment's clock. */
  readonly calculated_at: Micros;
}

/** What else `invoices` says of taxes. */
export type TaxFact = TaxAwaited | TaxCalculated | TaxUnknown;
