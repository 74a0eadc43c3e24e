import type { Column, PageTable, Row, TotalRow } from "@tallybook/invoice";

import { type Box, type Paper, type Style, textOf, written } from "./paper.ts";

/** A column, or what a heading and a part of an amount have of the width instead of the description. */
type Place = Column["of"] | "heading" | "part";
type Boxes = Readonly<Record<Place, Box>>;

/** A cell of a row: what stands where, and how. */
interface Cell {
  readonly column: Place;
  readonly text: string;
  readonly style: Style;
}

interface Layout {
  readonly cells: readonly Cell[];
  readonly above: number;
  readonly line?: number;
  /** With the rows behind it, it stands on one page. */
  readonly isKept?: boolean;
}

const usual: Style = { font: "regular", size: 8.5 };
const bold: Style = { font: "bold", size: 8.5 };
const small: Style = { font: "regular", size: 7.5, isGrey: true };

/** Shares of the width. The description has what is left. */
const shares: Readonly<Record<Column["of"], number>> = {
  line: 0.06,
  description: 0.41,
  quantity: 0.19,
  exact: 0.19,
  amount: 0.15,
};
const gap = 6;
const indent = 10;

/** The table over as many pages as it takes: each begins with the names of the columns, and no heading stands last on one. */
export function writeTable(paper: Paper, { caption, columns, groups, totals }: PageTable): void {
  const boxes = boxesOf(paper, columns);
  const head: Layout = {
    above: 0,
    cells: columns.map(({ of, title }) => ({ column: of, text: title, style: bold })),
  };
  const write = (layout: Layout) => {
    if (layout.line !== undefined) paper.line(layout.line);
    paper.y += layout.above;
    for (const { column, text, style } of layout.cells) paper.write(text, style, boxes[column]);
    paper.y += heightOf(paper, boxes, layout) - layout.above + 3;
  };
  const writeHead = () => {
    write(head);
    paper.line(1);
    paper.y += 3;
  };

  paper.write(caption, { font: "bold", size: 9 }, { x: paper.left, width: paper.width });
  paper.y += 16;
  writeHead();
  const layouts = groups.map((rows) => rows.flatMap(layoutsOf));
  for (const rows of layouts) {
    for (const [at, row] of rows.entries()) {
      // What it belongs to goes with it.
      const kept = rows.slice(at, row.isKept ? at + 3 : at + 1);
      if (paper.room(together(paper, boxes, kept))) writeHead();
      write(row);
    }
  }
  const last = totals.map(totalLayout);
  if (paper.room(together(paper, boxes, last))) writeHead();
  for (const row of last) write(row);
  paper.line(1);
}

function boxesOf(paper: Paper, columns: readonly Column[]): Boxes {
  let x = paper.left;
  const boxes = columns.map(({ of }) => {
    const width = paper.width * shares[of];
    const isNumber = of !== "line" && of !== "description";
    const box = { x, width: width - gap, align: isNumber ? "right" : "left" } as const;
    x += width;
    return [of, isNumber ? { ...box, x: box.x + gap } : box] as const;
  });
  const byColumn = Object.fromEntries(boxes) as Record<Column["of"], Box>;
  const { description } = byColumn;
  return {
    ...byColumn,
    heading: { ...description, width: paper.left + paper.width - description.x },
    part: { ...description, x: description.x + indent, width: description.width - indent },
  };
}

function heightOf(paper: Paper, boxes: Boxes, { cells, above }: Layout): number {
  const heights = cells.map(({ column, text, style }) =>
    paper.height(text, style, boxes[column].width),
  );
  return above + Math.max(...heights);
}

function together(paper: Paper, boxes: Boxes, rows: readonly Layout[]): number {
  return rows.reduce((height, row) => height + heightOf(paper, boxes, row) + 3, 0);
}

function layoutsOf(row: Row): Layout[] {
  switch (row.of) {
    case "heading": {
      const terms: Layout = { above: 0, cells: [cell("heading", written(row.terms), small)] };
      const title: Layout = { above: 6, cells: [cell("heading", written(row.title), bold)] };
      return [{ ...title, isKept: true }, ...(row.terms === "" ? [] : [terms])];
    }
    case "line": {
      const { number, what } = row;
      const cells = [cell("line", String(number), usual), cell("description", textOf(what), usual)];
      return [{ above: 0, cells: [...cells, ...numbers(row, usual)] }];
    }
    case "subtotal":
      return [
        {
          above: 0,
          cells: [cell("description", written(row.what), usual), ...numbers(row, usual)],
        },
      ];
    case "part": {
      const cells = numbers({ ...row, amount: "" }, small);
      return [{ above: 0, cells: [cell("part", written(row.what), small), ...cells] }];
    }
  }
}

function cell(column: Place, text: string, style: Style): Cell {
  return { column, text, style };
}

function numbers(
  { quantity, exact, amount }: Readonly<Record<"quantity" | "exact" | "amount", string>>,
  style: Style,
): Cell[] {
  return [
    cell("quantity", quantity, style),
    cell("exact", exact, style),
    cell("amount", amount, style),
  ];
}

function totalLayout({ of, what, currency, amount }: TotalRow, index: number): Layout {
  const line = index === 0 ? { line: 1 } : {};
  if (of === "sum")
    return {
      ...line,
      above: 3,
      cells: [cell("description", written(what), usual), cell("exact", amount, usual)],
    };
  const large: Style = { font: "bold", size: 10 };
  return {
    ...line,
    above: 3,
    cells: [
      cell("description", what, large),
      cell("exact", currency, large),
      cell("amount", amount, large),
    ],
  };
}
