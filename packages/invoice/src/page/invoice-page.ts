import type { Phrase } from "./phrase.ts";

/** What stands on an invoice, or on a note on one, in its order and in its words; how it looks is for whoever writes it. */
export interface InvoicePage {
  /** BCP 47: `en`. */
  readonly language: string;
  /** Of the document, on one line. */
  readonly title: string;
  /** When it was made, RFC 3339. */
  readonly made: string;
  readonly seller: string;
  /** By its lines; empty where nobody has said it. */
  readonly address: readonly string[];
  readonly heading: string;
  readonly details: readonly Detail[];
  readonly table: PageTable;
  readonly evidence: {
    readonly heading: string;
    readonly intro: Phrase;
    readonly details: readonly Detail[];
  };
}

export interface Detail {
  readonly term: string;
  readonly text: Phrase;
}

/** All lines in one table, so that all numbers stand in the same columns; exact amounts beside the rounded ones. */
export interface PageTable {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Between the thousands of its numbers, where a long one may be broken. */
  readonly thousands: string;
  readonly groups: readonly (readonly Row[])[];
  readonly totals: readonly TotalRow[];
}

export interface Column {
  readonly of: "line" | "description" | "quantity" | "exact" | "amount";
  readonly title: string;
}

/** Numbers are written as they are read, with their thousands apart; empty where there is none. */
export type Row =
  | { readonly of: "heading"; readonly title: string; readonly terms: string }
  | {
      readonly of: "line";
      readonly number: number;
      readonly what: Phrase;
      readonly quantity: string;
      readonly exact: string;
      readonly amount: string;
    }
  | {
      readonly of: "subtotal";
      readonly what: string;
      readonly quantity: string;
      readonly exact: string;
      readonly amount: string;
    }
  /** What an amount is made of. */
  | {
      readonly of: "part";
      readonly what: string;
      readonly quantity: string;
      readonly exact: string;
    };

/** A sum stands in the column whose numbers it is of. Behind the total may stand what has become of it, and what is left as a total again. */
export interface TotalRow {
  readonly of: "sum" | "total";
  readonly in: "exact" | "amount";
  readonly what: Phrase;
  readonly currency: string;
  readonly amount: string;
}
