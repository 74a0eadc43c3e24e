/**
 * A part of an account as ledger and hledger take it: letters, digits and a few signs as they are, all else percent-encoded, so that no
 * name ends an account, begins a comment, makes a virtual posting, or turns a line's direction. What is percent-encoded already stays.
 */
export function ledgerPart(part: string): string {
  return part.replace(/[^\p{L}\p{N}_.@+%-]/gu, percent);
}

/**
 * A part of an account as beancount takes it: letters, digits and hyphens behind a capital or a digit. A first small letter is made a
 * capital; any other sign, and a hyphen before an x, is its code, as `-x5F-`; a part that begins otherwise has `X-x-` before it. So
 * names can be read back, and two never become one.
 */
export function beancountPart(part: string): string {
  const safe = part.replace(/-(?=x)|[^A-Za-z0-9-]/gu, codePoint);
  if (/^[a-z]/.test(part)) return safe.slice(0, 1).toUpperCase() + safe.slice(1);
  return /^\d/.test(part) ? safe : `X-x-${safe}`;
}

/** A text on one line that no tool reads as anything but text: what separates, quotes, hides or turns is percent-encoded. */
export function plainText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp};|"\\]/gu, percent).trim();
}

function codePoint(character: string): string {
  return `-x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}-`;
}

function percent(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
