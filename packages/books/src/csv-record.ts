/** A cell of a table: a text that somebody may have written, or a number or time of ours. */
export interface CsvCell {
  readonly text: string;
  readonly isText: boolean;
}

/**
 * A line of CSV by RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it (OWASP, CSV
 * injection); numbers never have one.
 */
export function csvRecord(cells: readonly CsvCell[]): string {
  return `${cells.map(({ text, isText }) => quoted(isText ? disarmed(text) : text)).join(",")}\r\n`;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function disarmed(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}
