/** `id`: any printable text. `name`: what stands in columns, accounts and paths. `prose`: what only people read, of several lines too. */
export type TextRule = "id" | "name" | "prose";

export interface TextFault {
  readonly reason: string;
  readonly detail: string;
}

/** Of UTF-8, as for the texts of an event: a customer of which no event can tell is no customer. */
const bytesMax = 255;
const proseBytesMax = 10_000;

/** Why a text is no id or no name; undefined where it is one. */
export function textFault(text: string, rule: TextRule): TextFault | undefined {
  if (text === "") return { reason: "empty", detail: "it must not be empty" };
  const bytes = Buffer.byteLength(text);
  const most = rule === "prose" ? proseBytesMax : bytesMax;
  if (bytes > most) {
    const detail = `it has ${bytes} bytes of UTF-8, at most ${most} are taken`;
    return { reason: "too_long", detail };
  }
  if (rule === "name" && !/^[A-Za-z0-9_.:-]+$/.test(text)) {
    return { reason: "bad_name", detail: "use only letters, digits and _ . : -" };
  }
  if (hasControlCharacter(rule === "prose" ? text.replace(/[\n\r\t]/g, "") : text)) {
    return { reason: "control_character", detail: "it must not hold control characters" };
  }
  if (!text.isWellFormed()) {
    return { reason: "not_unicode", detail: "it must not hold half of a surrogate pair" };
  }
  return undefined;
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
