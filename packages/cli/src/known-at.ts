import type { KnownAt } from "@tallybook/audit";
import { table } from "./table.ts";

/** What was billed, and what it comes to by what was known at another cut. */
export function knownAtText(found: KnownAt): readonly string[] {
  const { number, cut, time, currency, periods } = found;
  if (periods.length === 0) return [`No line of ${number} follows from usage.`];
  const rows = periods.map((each) => [
    each.subscription,
    each.price,
    `${each.from} to ${each.to}`,
    String(each.billed.cut),
    each.billed.quantity,
    each.billed.amount,
    each.known.quantity,
    each.known.amount,
    each.difference,
  ]);
  const differing = periods.filter(({ difference }) => difference !== "0").length;
  return [
    `${number} as billed, and as known at cut ${cut} of ${time}, in ${currency}:`,
    "",
    ...table(
      [
        { title: "subscription" },
        { title: "price" },
        { title: "period" },
        { title: "cut", align: "right" },
        { title: "quantity", align: "right" },
        { title: "billed", align: "right" },
        { title: `at cut ${cut}`, align: "right" },
        { title: "amount", align: "right" },
        { title: "difference", align: "right" },
      ],
      rows,
    ),
    "",
    differing === 0
      ? "By what was known then it comes to the same."
      : `${differing} of ${periods.length} come to something else. What the invoices after it have adjusted is on them.`,
  ];
}
