import { Failure } from "./failure.ts";

/** A row of a file with the line that it begins in, from 1. */
export type CsvRow = { readonly line: number; readonly fields: readonly string[] };

/**
 * Rows of a file of comma-separated values (RFC 4180): quoted fields may hold commas, quotes (written twice) and ends of lines. Empty
 * lines are left out. Throws a failure that names the line where a quote is never closed, or stands inside of a field.
 */
export function readCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const source = text.replace(/^\uFEFF/, "");
  let [at, line] = [0, 1];
  while (at < source.length) {
    const begin = line;
    const fields: string[] = [];
    for (let isEnd = false; !isEnd;) {
      const field = readField(source, at, line, file);
      fields.push(field.text);
      ({ at, line } = field);
      isEnd = source[at] !== ",";
      if (!isEnd) at += 1;
    }
    if (source[at] === "\r") at += 1;
    if (source[at] === "\n") {
      at += 1;
      line += 1;
    }
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: begin, fields });
  }
  return rows;
}

interface Field {
  readonly text: string;
  /** Behind it. */
  readonly at: number;
  readonly line: number;
}

function readField(source: string, from: number, line: number, file: string): Field {
  if (source[from] !== '"') {
    const [text = ""] = /^[^,\r\n]*/.exec(source.slice(from, endOfLine(source, from))) ?? [];
    if (text.includes('"'))
      throw new Failure(
        `${file}:${line}: a quote inside of a field: put the whole field in quotes.`,
      );
    return { text: text.trim(), at: from + text.length, line };
  }
  let text = "";
  for (let at = from + 1; ;) {
    const end = source.indexOf('"', at);
    if (end === -1) throw new Failure(`${file}:${line}: a quote is opened here and never closed.`);
    text += source.slice(at, end);
    at = end + 1;
    if (source[at] === '"') {
      text += '"';
      at += 1;
      continue;
    }
    if (at < source.length && !",\r\n".includes(source[at] ?? ""))
      throw new Failure(`${file}:${line}: something stands behind a quoted field.`);
    return { text, at, line: line + (text.match(/\n/g)?.length ?? 0) };
  }
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf("\n", from);
  return end === -1 ? source.length : end;
}
