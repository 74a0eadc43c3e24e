import { skipSpace, stringEnd, valueEnd } from "../scan.ts";

/**
 * The text of each item of a batch exactly as it came, for the envelope of a refused one. `text` is known to be JSON:
 * a list, or an object whose member `events` is one (of several the last, as it is read). Empty for anything else.
 */
export function itemSources(text: string): string[] {
  const start = skipSpace(text, 0);
  if (text[start] === "[") return elementsAt(text, start);
  if (text[start] !== "{") return [];
  let list: string[] = [];
  for (let at = skipSpace(text, start + 1); text[at] === '"';) {
    const nameEnd = stringEnd(text, at);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = valueEnd(text, valueStart);
    if (JSON.parse(text.slice(at, nameEnd)) === "events") {
      list = text[valueStart] === "[" ? elementsAt(text, valueStart) : [];
    }
    const comma = skipSpace(text, end);
    at = text[comma] === "," ? skipSpace(text, comma + 1) : text.length;
  }
  return list;
}

function elementsAt(text: string, bracket: number): string[] {
  const elements: string[] = [];
  let at = skipSpace(text, bracket + 1);
  while (at < text.length && text[at] !== "]") {
    const end = valueEnd(text, at);
    elements.push(text.slice(at, end));
    const comma = skipSpace(text, end);
    at = text[comma] === "," ? skipSpace(text, comma + 1) : comma;
  }
  return elements;
}
