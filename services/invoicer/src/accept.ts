/**
 * Whether a reader would rather have a page than JSON: it names `text/html` in its Accept header, and weighs it no less than
 * `application/json`. Who takes anything (as curl does) gets JSON; a browser, which names pages and then anything, a page.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = weightsOf(accept ?? "");
  const html = weights.get("text/html") ?? 0;
  return html > 0 && html >= (weights.get("application/json") ?? 0);
}

function weightsOf(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    weights.set(type, weight === undefined ? 1 : weightOf(weight));
  }
  return weights;
}

/** RFC 9110: 0 to 1 with at most three decimals; what is none of it weighs nothing. */
function weightOf(text: string): number {
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
