import { cellText, columns } from "./columns.ts";
import { csvRecord } from "./csv-record.ts";
import type { Dialect } from "./dialect.ts";

/** A table of postings; see `csvRecord`. */
export const csv: Dialect = {
  file: "journal.csv",
  part: (part) => part,
  accountFault: () => undefined,
  head: () => csvRecord(columns.map(({ name }) => ({ text: name, isText: true }))),
  entry: (entry) =>
    entry.postings
      .map((_, posting) =>
        csvRecord(
          columns.map((column) => ({
            text: cellText(column, column.cell(entry, posting)),
            isText: column.type === "text",
          })),
        ),
      )
      .join(""),
  tail: () => "",
};
