import { createRequire } from "node:module";
import path from "node:path";

import { openSync } from "fontkit";

export type Weight = "regular" | "bold" | "mono";

const { resolve } = createRequire(import.meta.url);
const dejaVu = path.dirname(resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
const notoJp = path.join(path.dirname(resolve("@embedpdf/fonts-jp")), "../fonts");

/**
 * Fonts that go into the file, so that it looks and reads the same everywhere. A text is written in the first family that has all of
 * its signs: DejaVu (Latin, Greek, Cyrillic, Hebrew, Arabic and more), else Noto Sans JP (Japanese, and most of Chinese).
 */
export const fontFiles = {
  "dejavu regular": path.join(dejaVu, "DejaVuSans.ttf"),
  "dejavu bold": path.join(dejaVu, "DejaVuSans-Bold.ttf"),
  "dejavu mono": path.join(dejaVu, "DejaVuSansMono.ttf"),
  "noto regular": path.join(notoJp, "NotoSansJP-Regular.otf"),
  "noto bold": path.join(notoJp, "NotoSansJP-Bold.otf"),
} as const;

export type FontName = keyof typeof fontFiles;

/** In the order in which they are asked. */
const namesByWeight: Readonly<Record<Weight, readonly FontName[]>> = {
  regular: ["dejavu regular", "noto regular"],
  bold: ["dejavu bold", "noto bold"],
  mono: ["dejavu mono", "noto regular"],
};

/** The font for a text, and the signs of it that this one does not have: none where any font has all. */
export function fontFor(
  text: string,
  weight: Weight,
): { readonly font: FontName; readonly missing: readonly string[] } {
  const [first = "dejavu regular", ...others] = namesByWeight[weight];
  let best = { font: first, missing: missingIn(first, text) };
  for (const font of others) {
    if (best.missing.length === 0) break;
    const missing = missingIn(font, text);
    if (missing.length < best.missing.length) best = { font, missing };
  }
  return best;
}

function missingIn(font: FontName, text: string): string[] {
  const known = signsOf(font);
  return Array.from(text).filter((sign) => !isBlank(sign) && !known.has(sign.codePointAt(0) ?? 0));
}

/** Nothing is drawn for it, whatever the font. */
function isBlank(sign: string): boolean {
  return /[\s\p{Default_Ignorable_Code_Point}]/u.test(sign);
}

const signsByFont = new Map<FontName, ReadonlySet<number>>();

/** A file is read when a text first needs it: the large ones only where somebody writes Japanese. */
function signsOf(font: FontName): ReadonlySet<number> {
  let signs = signsByFont.get(font);
  if (signs === undefined) {
    signs = new Set(openSync(fontFiles[font]).characterSet);
    signsByFont.set(font, signs);
  }
  return signs;
}
