import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { create } from "fontkit";

export type Weight = "regular" | "bold" | "mono";

const { resolve } = createRequire(import.meta.url);
const dejaVu = path.dirname(resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
const notoJp = path.join(path.dirname(resolve("@embedpdf/fonts-jp")), "../fonts");

/**
 * Fonts that go into the file, so that it looks and reads the same everywhere: DejaVu (Latin, Greek, Cyrillic, Hebrew, Arabic and
 * more), and Noto Sans JP (Japanese, and most of Chinese).
 */
const files = {
  "dejavu regular": path.join(dejaVu, "DejaVuSans.ttf"),
  "dejavu bold": path.join(dejaVu, "DejaVuSans-Bold.ttf"),
  "dejavu mono": path.join(dejaVu, "DejaVuSansMono.ttf"),
  "noto regular": path.join(notoJp, "NotoSansJP-Regular.otf"),
  "noto bold": path.join(notoJp, "NotoSansJP-Bold.otf"),
} as const;

type File = keyof typeof files;
/** `plain`: each sign by itself. `shaped`: joined and placed as scripts such as Arabic need it. */
export type FontName = `${File} ${"plain" | "shaped"}`;

/** In the order in which they are asked: a text is written in the first that has all of its signs. */
const filesByWeight: Readonly<Record<Weight, readonly File[]>> = {
  regular: ["dejavu regular", "noto regular"],
  bold: ["dejavu bold", "noto bold"],
  mono: ["dejavu mono", "noto regular"],
};

/** The font for a text, and the signs of it that this one does not have: none where any font has all. */
export function fontFor(
  text: string,
  weight: Weight,
): { readonly font: FontName; readonly missing: readonly string[] } {
  const [first = "dejavu regular", ...others] = filesByWeight[weight];
  let best: { file: File; missing: readonly string[] } = {
    file: first,
    missing: missingIn(first, text),
  };
  for (const file of others) {
    if (best.missing.length === 0) break;
    const missing = missingIn(file, text);
    if (missing.length < best.missing.length) best = { file, missing };
  }
  return { font: `${best.file} ${isPlain.test(text) ? "plain" : "shaped"}`, missing: best.missing };
}

/** Scripts whose signs stand beside each other as they are. */
const isPlain =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}]*$/u;

/** The bytes of a font, the same ones each time. */
export function fontBytes(font: FontName): Buffer {
  const [family = "", style = "", shape] = font.split(" ");
  const file = `${family} ${style}` as File;
  return shape === "plain" ? plainBytes.of(file) : bytes.of(file);
}

function missingIn(file: File, text: string): string[] {
  const known = signs.of(file);
  return Array.from(text).filter((sign) => !isBlank(sign) && !known.has(sign.codePointAt(0) ?? 0));
}

/** Nothing is drawn for it, whatever the font. */
function isBlank(sign: string): boolean {
  return /[\s\p{Default_Ignorable_Code_Point}]/u.test(sign);
}

const bytes = remembered((file) => readFileSync(files[file]));
const plainBytes = remembered((file) => withoutLayout(bytes.of(file)));
const signs = remembered((file) => new Set(create(plainBytes.of(file)).characterSet));

/** Each is made when a text first needs it: the large ones only where somebody writes Japanese. */
function remembered<Made>(make: (file: File) => Made): { of(file: File): Made } {
  const made = new Map<File, Made>();
  return {
    of(file) {
      let one = made.get(file);
      if (one === undefined) made.set(file, (one = make(file)));
      return one;
    },
  };
}

/**
 * The font without the tables that say how signs join and kern: whoever reads it does not find them in its directory. They are read
 * anew for each document, and took more than half of its time. Its checksum is another one: a document that has both would else write all
 * in the one that comes first. Source: OpenType, table directory.
 */
function withoutLayout(font: Buffer): Buffer {
  const copy = Buffer.from(font);
  const count = copy.readUInt16BE(4);
  for (let table = 0; table < count; table += 1) {
    const at = 12 + 16 * table;
    const tag = copy.toString("latin1", at, at + 4);
    if (layoutTables.has(tag)) copy.write("none", at, "latin1");
    if (tag === "head") copy.writeUInt32BE(0, copy.readUInt32BE(at + 8) + checkSumAt);
  }
  return copy;
}

/** Of `checkSumAdjustment` in `head`. */
const checkSumAt = 8;

const layoutTables: ReadonlySet<string> = new Set(["GSUB", "GPOS", "GDEF", "kern"]);
