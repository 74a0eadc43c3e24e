/** One line of a body of many. */
export interface Line {
  /** From 1, blank ones counted. */
  readonly number: number;
  /** Without what ends it. */
  readonly bytes: Uint8Array;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The lines that are not blank, at most `linesMax` of them, and how many there are. One ends with LF or CRLF, the last
 * with the body as well.
 */
export function linesOf(body: Uint8Array, linesMax: number): { lines: Line[]; count: number } {
  const lines: Line[] = [];
  let count = 0;
  for (let start = 0, number = 1; start < body.length; number += 1) {
    const feed = body.indexOf(lineFeed, start);
    const end = feed === -1 ? body.length : feed;
    if (!isBlank(body, start, end)) {
      count += 1;
      const bytesEnd = body[end - 1] === carriageReturn ? end - 1 : end;
      if (count <= linesMax) lines.push({ number, bytes: body.subarray(start, bytesEnd) });
    }
    start = end + 1;
  }
  return { lines, count };
}

function isBlank(body: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) return false;
  }
  return true;
}
