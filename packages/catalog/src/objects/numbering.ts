import { Entry } from "../entry.ts";

/** What has a number; each kind has a series of its own. */
export type NumberedKind = "invoice" | "credit_note" | "debit_note";

/** An entity's own series of numbers. */
export type Numbering = {
  /** What the numbers of its invoices begin with, such as `EU-`. */
  readonly invoices: string;
  readonly credit_notes: string;
  readonly debit_notes: string;
  /** How many digits follow at least. */
  readonly digits: string;
};

/** How the numbers of a series are written. */
export interface NumberForms {
  readonly prefixes: Readonly<Record<NumberedKind, string>>;
  readonly digits: number;
}

/** Of whoever has no series of their own. */
export const usualNumbering: NumberForms = {
  prefixes: { invoice: "INV-", credit_note: "CN-", debit_note: "DN-" },
  digits: 6,
};

export function formsOf({ invoices, credit_notes, debit_notes, digits }: Numbering): NumberForms {
  const prefixes = { invoice: invoices, credit_note: credit_notes, debit_note: debit_notes };
  return { prefixes, digits: Number(digits) };
}

export function numberingIn(entry: Entry, key: string): Numbering | null {
  return entry.objectOrNull(key, (json, at, faults) => {
    const of = new Entry(json, at, faults);
    const invoices = prefixIn(of, "invoices");
    const numbering = {
      invoices,
      credit_notes: of.has("credit_notes") ? prefixIn(of, "credit_notes") : `${invoices}C-`,
      debit_notes: of.has("debit_notes") ? prefixIn(of, "debit_notes") : `${invoices}D-`,
      digits: digitsIn(of),
    };
    of.end();
    const prefixes = prefixesOf(numbering);
    if (new Set(prefixes).size < prefixes.length)
      entry.fault(
        key,
        "same_prefix",
        `invoices, credit notes and debit notes have series of their own: give each another prefix than ${prefixes.join(", ")}`,
      );
    return numbering;
  });
}

export function prefixesOf({ invoices, credit_notes, debit_notes }: Numbering): string[] {
  return [invoices, credit_notes, debit_notes];
}

/** Which does not end in a digit: so a number tells where its prefix ends, and no number is of two series. */
function prefixIn(of: Entry, key: string): string {
  const prefix = of.text(key, "name");
  if (prefix !== "" && !/^[A-Za-z0-9_.-]{0,31}[A-Za-z_.-]$/.test(prefix))
    of.fault(
      key,
      "bad_prefix",
      "use at most 32 letters, digits and _ . -, of which the last is no digit, such as EU-2024-",
    );
  return prefix;
}

function digitsIn(of: Entry): string {
  const digits = of.wholeOrNull("digits") ?? usualNumbering.digits;
  if (digits < 1 || digits > 12)
    of.fault("digits", "out_of_range", "it must be a whole number from 1 to 12, such as 6");
  return String(digits);
}
