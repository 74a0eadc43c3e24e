import { wordsIn } from "@tallybook/invoice";
import type { Detail, InvoicePage } from "@tallybook/invoice";

import { openPaper, type Paper, type Style, textOf, written } from "./paper.ts";
import { writeTable } from "./table.ts";

const usual: Style = { font: "regular", size: 9 };
const small: Style = { font: "regular", size: 7.5, isGrey: true };

/** The invoice for paper, with its fonts in it: the same page has the same bytes. */
export async function renderInvoicePdf(page: InvoicePage): Promise<Buffer> {
  const paper = openPaper({ ...page, made: new Date(page.made) });
  heading(paper, written(page.seller), { font: "bold", size: 10 }, 14);
  heading(paper, written(page.heading), { font: "bold", size: 17 }, 10);
  list(paper, page.details, usual, 95);
  paper.y += 18;
  writeTable(paper, page.table);
  paper.y += 22;
  const evidence = 4 * 12 + page.evidence.details.length * 22;
  paper.room(evidence);
  paper.line(0.4);
  paper.y += 6;
  heading(paper, page.evidence.heading, { ...small, font: "bold" }, 2);
  heading(paper, textOf(page.evidence.intro), small, 4);
  list(paper, page.evidence.details, small, 95);
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

function list(paper: Paper, details: readonly Detail[], style: Style, termWidth: number): void {
  const width = paper.width - termWidth;
  for (const { term, text } of details) {
    const value = textOf(text);
    const height = Math.max(
      paper.height(term, style, termWidth - 8),
      paper.height(value, style, width),
    );
    paper.room(height);
    paper.write(term, { ...style, isGrey: true }, { x: paper.left, width: termWidth - 8 });
    paper.write(value, style, { x: paper.left + termWidth, width });
    paper.y += height + 2;
  }
}
