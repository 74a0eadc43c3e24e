import { crc32 } from "node:zlib";

/** An event on the disk: its checksum, a blank, its JSON text, and the end of the line. */
export function lineOf(text: string): string {
  return `${checksumOf(text)} ${text}\n`;
}

/** The JSON text of a line. */
export function textOf(line: string): string {
  return line.slice(checksumLength + 1).trimEnd();
}

/** What a file holds: the events that can be read, and how many lines cannot. A last line without an end was never safe. */
export function readLines(file: string): {
  readonly texts: readonly string[];
  readonly damaged: number;
} {
  const lines = file.split("\n").slice(0, -1);
  const texts = lines.flatMap((line) => {
    const text = textOf(line);
    return line.slice(0, checksumLength) === checksumOf(text) ? [text] : [];
  });
  return { texts, damaged: lines.length - texts.length };
}

const checksumLength = 8;

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(checksumLength, "0");
}
