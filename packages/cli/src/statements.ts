import type { Schemas } from "@tallybook/client";

import { table } from "./table.ts";

export type Statement = Schemas["Statement"];
export type AgedReceivables = Schemas["AgedReceivables"];

export function statementText(of: Statement): readonly string[] {
  const { currency, opening, closing } = of;
  const rows = of.lines.map(({ at, what, reference, amount, balance }) => [
    at.slice(0, 10),
    what.replaceAll("_", " "),
    reference,
    amount,
    balance,
  ]);
  return [
    `${of.customer}, ${of.from.slice(0, 10)} to ${of.to.slice(0, 10)}, in ${currency}`,
    ...table(
      [
        { title: "day" },
        { title: "" },
        { title: "" },
        { title: "amount", align: "right" },
        { title: "balance", align: "right" },
      ],
      [["", "opening", "", "", opening], ...rows, ["", "closing", "", "", closing]],
    ),
    ...(of.not_invoiced === "0" ? [] : [`${of.not_invoiced} ${currency} is on no invoice yet.`]),
    ...(of.credit === "0" ? [] : [`${of.credit} ${currency} is the customer's credit.`]),
    ...hurried(of),
  ];
}

export function receivablesText(of: AgedReceivables): readonly string[] {
  if (of.receivables.length === 0) return ["Nobody owes anything.", ...hurried(of)];
  const cells = (row: AgedReceivables["totals"][number]) => [
    row.current,
    row.days_1_30,
    row.days_31_60,
    row.days_61_90,
    row.days_over_90,
    row.disputed,
    row.not_invoiced,
    row.receivable,
    row.credit,
    row.currency,
  ];
  const titles = [
    "current",
    "1-30",
    "31-60",
    "61-90",
    "over 90",
    "disputed",
    "not invoiced",
    "owed",
    "credit",
  ];
  return [
    ...table(
      [
        { title: "customer" },
        ...titles.map((title) => ({ title, align: "right" as const })),
        { title: "" },
      ],
      [
        ...of.receivables.map((row) => [row.customer, ...cells(row)]),
        ...of.totals.map((row) => ["total", ...cells(row)]),
      ],
    ),
    `By the journal's dates up to ${of.as_of}. Nobody is reminded of what is disputed.`,
    ...hurried(of),
  ];
}

function hurried({ complete }: { readonly complete: boolean }): readonly string[] {
  return complete ? [] : ["The journal does not have all payments and notes yet: ask again."];
}
