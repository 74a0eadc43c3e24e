/** A piece of a page whose texts are escaped. Only `html` makes one. */
export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * A piece of a page: html`<td>${name}</td>`. Whatever is put in is text and escaped, for content and for a value in double
 * quotes alike; only Markup stands as it is. Never put a text into a style, a script or the name of an attribute.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Markup | readonly Markup[])[]
): Markup {
  const source = parts.map((part, index) => part + sourceOf(values[index] ?? ""));
  return new Markup(source.join(""));
}

/** A text on one line without what a page may not hold: control characters and halves of surrogate pairs. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "\ufffd");
}

/** A text for where it cannot be set apart by markup, as in a title: also without characters that turn the direction. */
export function undirected(text: string): string {
  return printable(text).replace(/\p{Bidi_Control}/gu, "");
}

function sourceOf(value: string | Markup | readonly Markup[]): string {
  if (value instanceof Markup) return value.source;
  if (typeof value === "string") return escape(value);
  return value.map(({ source }) => source).join("");
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
