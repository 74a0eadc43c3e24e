import { type Phrase, plainText } from "@tallybook/invoice";
import Pdf from "pdfkit";

import { fontBytes, fontFor, type FontName, type Weight } from "./fonts.ts";
import { placed, runsOf } from "./right-to-left.ts";

/** A document in the making, with the few ways in which we write on it. Lengths are points: 72 to the inch. */
export interface Paper {
  readonly left: number;
  readonly width: number;
  /** Where the next thing stands, from the top of the page. */
  y: number;
  /** Begins a new page where the height is not left on this one, and says whether it did. */
  room(height: number): boolean;
  height(text: string, style: Style, width: number): number;
  /** Writes at `y` and leaves `y` where it is. */
  write(text: string, style: Style, box: Box): void;
  line(weight: number): void;
  /** Signs that were written and that no font has, by their code points: `U+1F600`. */
  notShown(): readonly string[];
  /** Numbers the pages and resolves with the bytes. */
  finish(): Promise<Buffer>;
}

export interface Style {
  readonly font: Weight;
  readonly size: number;
  readonly isGrey?: boolean;
}

export interface Box {
  readonly x: number;
  readonly width: number;
  readonly align?: "left" | "right";
}

/** A4; what is printed on Letter loses nothing of it. */
const margins = { top: 46, bottom: 58, left: 43, right: 43 };

/** `made` is the document's own time: with the machine's, no two would have the same bytes. */
export function openPaper({
  title,
  language,
  made,
}: {
  readonly title: string;
  /** BCP 47. */
  readonly language: string;
  readonly made: Date;
}): Paper {
  const document = new Pdf({
    size: "A4",
    margins,
    bufferPages: true,
    lang: language,
    displayTitle: true,
    info: {
      Title: title,
      Producer: "Tallybook",
      Creator: "Tallybook",
      CreationDate: made,
      ModDate: made,
    },
  });
  const chunks: Buffer[] = [];
  document.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    document.once("end", resolve);
    document.once("error", reject);
  });
  const width = document.page.width - margins.left - margins.right;
  const bottom = document.page.height - margins.bottom;
  const registered = new Set<FontName>();
  const unknown = new Set<string>();
  const set = (text: string, { font: weight, size, isGrey = false }: Style) => {
    const { font, missing } = fontFor(text, weight);
    if (!registered.has(font)) document.registerFont(font, fontBytes(font));
    registered.add(font);
    for (const sign of missing) unknown.add(codePointText(sign));
    document
      .font(font)
      .fontSize(size)
      .fillColor(isGrey ? "#444444" : "#000000");
  };

  const paper: Paper = {
    left: margins.left,
    width,
    y: margins.top,
    room(height) {
      if (paper.y + height <= bottom || paper.y === margins.top) return false;
      document.addPage();
      paper.y = margins.top;
      return true;
    },
    height(text, style, within) {
      set(text, style);
      return document.heightOfString(text === "" ? " " : text, { width: within });
    },
    write(text, style, { x, width: within, align = "left" }) {
      if (text === "") return;
      const runs = runsOf(text);
      if (!runs.some(({ isRightToLeft }) => isRightToLeft)) {
        set(text, style);
        document.text(text, x, paper.y, { width: within, align });
        return;
      }
      const widths = runs.map((run) => {
        set(run.text, style);
        return document.widthOfString(run.text);
      });
      const whole = widths.reduce((all, width) => all + width, 0);
      if (whole > within) {
        set(text, style);
        document.text(placed(text), x, paper.y, { width: within, align });
        return;
      }
      let at = align === "left" ? x : x + within - whole;
      for (const [nth, run] of runs.entries()) {
        set(run.text, style);
        document.text(run.text, at, paper.y, { lineBreak: false });
        at += widths[nth] ?? 0;
      }
    },
    line(weight) {
      document
        .moveTo(margins.left, paper.y)
        .lineTo(margins.left + width, paper.y)
        .lineWidth(weight)
        .strokeColor("#000000")
        .stroke();
    },
    notShown: () => [...unknown].toSorted(),
    async finish() {
      const { start, count } = document.bufferedPageRange();
      for (let page = start; page < start + count; page += 1) {
        document.switchToPage(page);
        // Below the margin, where a text would begin a new page.
        document.page.margins.bottom = 0;
        const at = document.page.height - margins.bottom + 20;
        const number = `${page + 1} / ${count}`;
        set(number, { font: "regular", size: 8, isGrey: true });
        document.text(number, margins.left, at, { width, align: "right", lineBreak: false });
      }
      document.end();
      await ended;
      return Buffer.concat(chunks);
    },
  };
  return paper;
}

function codePointText(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * A phrase as it stands on paper: on one line, and without signs that turn its direction. The narrow blank of French numbers is a
 * whole one there, which every font has.
 */
export function textOf(phrase: Phrase): string {
  return plainText(phrase).replaceAll("\u202f", "\u00a0");
}

/** Somebody's text, as `textOf`. */
export function written(text: string): string {
  return textOf([text]);
}
