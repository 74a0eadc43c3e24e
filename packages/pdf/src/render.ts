import { wordsIn } from "@tallybook/invoice";
import type { Detail, InvoicePage } from "@tallybook/invoice";

import { openPaper, type Paper, type Style, textOf, written } from "./paper.ts";
import { writeTable } from "./table.ts";

/** `terms`: how wide what stands before its texts is. */
interface ListStyle extends Style {
  readonly terms: number;
}

const usual: ListStyle = { font: "regular", size: 9, terms: 125 };
const small: ListStyle = { font: "regular", size: 7.5, isGrey: true, terms: 95 };

/** An invoice, or a note on one, for paper, with its fonts in it: the same page has the same bytes. */
export async function renderInvoicePdf(page: InvoicePage): Promise<Buffer> {
  const paper = openPaper({ ...page, made: new Date(page.made) });
  const { address } = page;
  heading(paper, written(page.seller), { font: "bold", size: 10 }, address.length > 0 ? 2 : 14);
  for (const [at, line] of address.entries())
    heading(paper, written(line), { ...small, size: 8.5 }, at === address.length - 1 ? 14 : 1);
  heading(paper, written(page.heading), { font: "bold", size: 17 }, 10);
  list(paper, page.details, usual);
  paper.y += 18;
  writeTable(paper, page.table);
  paper.y += 22;
  paper.room(evidenceHeight(paper, page.evidence));
  paper.line(0.4);
  paper.y += 6;
  heading(paper, page.evidence.heading, { ...small, font: "bold" }, 2);
  heading(paper, textOf(page.evidence.intro), small, 4);
  list(paper, page.evidence.details, small);
  notShown(paper, page.language);
  return paper.finish();
}

/** A box says nothing: what could not be written is named. */
function notShown(paper: Paper, language: string): void {
  const signs = paper.notShown();
  if (signs.length === 0) return;
  const more = signs.length > signsMax ? ", …" : "";
  const text = wordsIn(language).notShown(signs.slice(0, signsMax).join(", ") + more);
  paper.room(paper.height(text, small, paper.width));
  paper.y += 4;
  heading(paper, text, small, 0);
}

const signsMax = 40;

function heading(paper: Paper, text: string, style: Style, below: number): void {
  paper.write(text, style, { x: paper.left, width: paper.width });
  paper.y += paper.height(text, style, paper.width) + below;
}

/** It stands on one page. */
function evidenceHeight(paper: Paper, { intro, details }: InvoicePage["evidence"]): number {
  const above = 6 + 2 + 4 + 2 * paper.height(textOf(intro), small, paper.width);
  return details.reduce((sum, detail) => sum + detailHeight(paper, detail, small), above);
}

const below = 2;

function list(paper: Paper, details: readonly Detail[], style: ListStyle): void {
  for (const detail of details) {
    const height = detailHeight(paper, detail, style);
    paper.room(height);
    const { term, text } = detail;
    const { terms } = style;
    paper.write(term, { ...style, isGrey: true }, { x: paper.left, width: terms - 8 });
    const box = { x: paper.left + terms, width: paper.width - terms };
    paper.write(textOf(text), style, box);
    paper.y += height;
  }
}

function detailHeight(paper: Paper, { term, text }: Detail, style: ListStyle): number {
  const heights = [
    paper.height(term, style, style.terms - 8),
    paper.height(textOf(text), style, paper.width - style.terms),
  ];
  return Math.max(...heights) + below;
}
