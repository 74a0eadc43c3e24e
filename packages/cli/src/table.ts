export type Column = {
  readonly title: string;
  readonly align?: "left" | "right";
};

/** Lines of text whose columns line up; no trailing spaces. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...rows.map((row) => width(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const cell = cells[i] ?? "";
        const fill = " ".repeat((widths[i] ?? 0) - width(cell));
        return column.align === "right" ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd();
  return [
    line(columns.map((column) => column.title)),
    line(widths.map((wide) => "─".repeat(wide))),
    ...rows.map(line),
  ];
}

const segmenter = new Intl.Segmenter("en");

/** Characters as people count them, so that an accent does not shift its row. */
function width(text: string): number {
  return Array.from(segmenter.segment(text)).length;
}
