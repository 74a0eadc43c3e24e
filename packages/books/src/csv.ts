import { cellText, columns, rowsOf } from "./columns.ts";
import type { Dialect } from "./dialect.ts";

/**
 * A table of postings, RFC 4180. A text that a spreadsheet would take for a formula has an apostrophe before it (OWASP, CSV
 * injection); numbers never have one.
 */
export const csv: Dialect = {
  file: "journal.csv",
  part: (part) => part,
  accountFault: () => undefined,
  head: () => record(columns.map(({ name }) => name)),
  entry: (entry) =>
    rowsOf(entry)
      .map((row) =>
        record(
          row.map((cell, at) => {
            const column = columns[at];
            if (column === undefined) return "";
            const written = cellText(column, cell);
            return column.type === "text" ? disarmed(written) : written;
          }),
        ),
      )
      .join(""),
  tail: () => "",
};

function record(fields: readonly string[]): string {
  return `${fields.map(quoted).join(",")}\r\n`;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function disarmed(field: string): string {
  return /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
}
