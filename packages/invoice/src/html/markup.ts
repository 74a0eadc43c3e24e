import { printable } from "../page/phrase.ts";
import type { Phrase } from "../page/phrase.ts";

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

/** A phrase with its names set apart. */
export function phraseMarkup(phrase: Phrase): Markup {
  const words = phrase.map((word) => {
    if (typeof word === "string") return html`${word}`;
    switch (word.of) {
      case "name":
        return html`<bdi>${word.text}</bdi>`;
      case "code":
        return html`<code>${word.text}</code>`;
      case "time":
        return html`<time datetime="${word.at}">${word.text}</time>`;
    }
  });
  return html`${words}`;
}

function sourceOf(value: string | Markup | readonly Markup[]): string {
  if (value instanceof Markup) return value.source;
  if (typeof value === "string") return escape(value);
  return value.map(({ source }) => source).join("");
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}
