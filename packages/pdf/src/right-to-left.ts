/** As long as a name that stands on one line; where a text goes on in the next, its words would stand in the wrong one. */
const signsMax = 40;
const rightToLeft =
  /^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A part of a text that is written in one direction. */
export interface Run {
  readonly text: string;
  readonly isRightToLeft: boolean;
}

/**
 * A text in its parts, each to be written right of the one before it. Words from right to left that stand beside each other are one, with blanks
 * that nothing divides: fonts turn such a part as a whole. The blanks around it are of its neighbours.
 */
export function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  for (const word of text.split(" ")) {
    const isRightToLeft = rightToLeft.test(word);
    const last = runs.at(-1);
    if (last === undefined) runs.push({ text: word, isRightToLeft });
    else if (last.isRightToLeft === isRightToLeft) {
      const blank = isRightToLeft ? "\u00a0" : " ";
      runs[runs.length - 1] = { ...last, text: `${last.text}${blank}${word}` };
    } else if (isRightToLeft) {
      runs[runs.length - 1] = { ...last, text: `${last.text} ` };
      runs.push({ text: word, isRightToLeft });
    } else runs.push({ text: ` ${word}`, isRightToLeft });
  }
  return runs;
}

/**
 * A text whose words are placed from left to right, as what breaks it into lines does, so that words which are written from right to left are
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
