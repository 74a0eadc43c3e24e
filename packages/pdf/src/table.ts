import type { Column, PageTable, Row, TotalRow } from "@tallybook/invoice";

import { type Box, type Paper, type Style, textOf, written } from "./paper.ts";

/** A column, or what a heading and a part of an amount have of the width instead of the description. */
type Place = Column["of"] | "heading" | "part";
type Boxes = Readonly<Partial<Record<Place, Box>>>;

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
const shares: Readonly<Record<Exclude<Column["of"], "description">, number>> = {
  line: 0.06,
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
    for (const { text, style, box } of placed(boxes, layout)) paper.write(text, style, box);
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
  // The total stands with its sums; what has become of it may be longer than a page.
  const kept = totals.findIndex(({ of }) => of === "total") + 1;
  const [sums, behind] = [totals.slice(0, kept), totals.slice(kept)];
  const last = sums.map(totalLayout);
  if (paper.room(together(paper, boxes, last))) writeHead();
  for (const row of last) write(row);
  paper.line(1);
  for (const row of behind) {
    const layout = totalLayout(row, -1);
    if (paper.room(heightOf(paper, boxes, layout))) writeHead();
    write(layout);
  }
}

function boxesOf(paper: Paper, columns: readonly Column[]): Boxes {
  const others = columns.map(({ of }) => (of === "description" ? 0 : shares[of]));
  const left = others.reduce((all, share) => all - share, 1);
  const byColumn: Partial<Record<Column["of"], Box>> = {};
  let x = paper.left;
  for (const { of } of columns) {
    const width = paper.width * (of === "description" ? left : shares[of]);
    const isNumber = of !== "line" && of !== "description";
    byColumn[of] = isNumber
      ? { x: x + gap, width: width - gap, align: "right" }
      : { x, width: width - gap, align: "left" };
    x += width;
  }
  const { description } = byColumn;
  if (description === undefined) return byColumn;
  return {
    ...byColumn,
    heading: { ...description, width: paper.left + paper.width - description.x },
    part: { ...description, x: description.x + indent, width: description.width - indent },
  };
}

/** The cells whose columns the table has, each in its box. */
function placed(boxes: Boxes, { cells }: Layout): (Cell & { readonly box: Box })[] {
  return cells.flatMap((each) => {
    const box = boxes[each.column];
    return box === undefined ? [] : [{ ...each, box }];
  });
}

function heightOf(paper: Paper, boxes: Boxes, layout: Layout): number {
  const heights = placed(boxes, layout).map(({ text, style, box }) =>
    paper.height(text, style, box.width),
  );
  return layout.above + Math.max(...heights);
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

function totalLayout(row: TotalRow, index: number): Layout {
  const { of, what, currency, amount } = row;
  const line = index === 0 ? { line: 1 } : {};
  if (of === "sum")
    return {
      ...line,
      above: 3,
      cells: [cell("description", textOf(what), usual), cell(row.in, amount, usual)],
    };
  const large: Style = { font: "bold", size: 10 };
  return {
    ...line,
    above: 3,
    cells: [
      cell("description", textOf(what), large),
      cell("exact", currency, large),
      cell("amount", amount, large),
    ],
  };
}
