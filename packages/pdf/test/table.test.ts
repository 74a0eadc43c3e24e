import { expect, test } from "vitest";

import type { Paper } from "../src/paper.ts";
import { writeTable } from "../src/table.ts";

test("a name that a sum is called by is written as it is elsewhere", () => {
  const texts: string[] = [];
  const paper: Paper = {
    left: 0,
    width: 500,
    y: 0,
    room: () => false,
    height: () => 10,
    write: (text) => void texts.push(text),
    line: () => {},
    notShown: () => [],
    finish: async () => Buffer.alloc(0),
  };
  const numbers = { quantity: "1", exact: "2", amount: "2.00" };
  const name = "שלום\u202e\nעולם";
  writeTable(paper, {
    caption: "What is charged, in USD",
    thousands: ",",
    columns: (["line", "description", "quantity", "exact", "amount"] as const).map((of) => ({
      of,
      title: of,
    })),
    groups: [[{ of: "subtotal", what: name, ...numbers }]],
    totals: [{ of: "sum", in: "amount", what: [name], currency: "USD", amount: "2.00" }],
  });
  expect(texts.filter((text) => text === "שלום עולם")).toHaveLength(2);
});
