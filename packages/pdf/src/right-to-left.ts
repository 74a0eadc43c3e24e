/** As long as a name that stands on one line; where a text goes on in the next, its words would stand in the wrong one. */
const signsMax = 40;
const rightToLeft =
  /^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * A text whose words are placed from left to right, as what lays them out does, so that words which are written from right to left are
 * read in their order: neighbours of that kind change places. Within a word the fonts do so.
 */
export function placed(text: string): string {
  const words = text.split(" ");
  const out: string[] = [];
  for (let at = 0; at < words.length;) {
    let end = at;
    while (end < words.length && rightToLeft.test(words[end] ?? "")) end += 1;
    const run = words.slice(at, end);
    out.push(...(run.join(" ").length <= signsMax ? run.toReversed() : run));
    if (end < words.length) out.push(words[end] ?? "");
    at = end + 1;
  }
  return out.join(" ");
}
