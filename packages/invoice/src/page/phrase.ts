/**
 * A text of our own words and of what others wrote. A name is set apart, so that one written from right to left leaves its
 * neighbours in place; a code is read by its letters; a time says itself in full.
 */
export type Phrase = readonly (string | Word)[];

export type Word =
  | { readonly of: "name"; readonly text: string }
  | { readonly of: "code"; readonly text: string }
  /** `at` in RFC 3339. */
  | { readonly of: "time"; readonly text: string; readonly at: string };

export function name(text: string): Word {
  return { of: "name", text };
}

export function code(text: string): Word {
  return { of: "code", text };
}

export function time(at: string, text = at): Word {
  return { of: "time", text, at };
}

/** The phrase as one text, where nothing can be set apart: without characters that turn the direction. */
export function plainText(phrase: Phrase): string {
  return phrase.map((word) => undirected(typeof word === "string" ? word : word.text)).join("");
}

/**
 * A text on one line without what a page may not hold: control characters and halves of surrogate pairs. Blanks that no line ends at
 * stay: a number of French has them between its thousands.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\S\u00a0\u202f]+/g, " ")
    .replace(/\p{Cc}/gu, "\ufffd");
}

/** A text for where it cannot be set apart by markup, as in a title: also without characters that turn the direction. */
export function undirected(text: string): string {
  return printable(text).replace(/\p{Bidi_Control}/gu, "");
}
