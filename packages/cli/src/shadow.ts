import type { ShadowCause, ShadowComparison, ShadowDifference } from "@tallybook/audit";
import { formatTime } from "@tallybook/periods";
import { table } from "./table.ts";

const listedMax = 200;

/** What is not the same in both systems, line by line with its cause; or that everything is. */
export function shadowText(found: ShadowComparison): readonly string[] {
  const { differences, totals, expected, equal, period } = found;
  const columns = [
    { title: "customer" },
    { title: "period from" },
    { title: "what" },
    { title: "expected", align: "right" },
    { title: "billed here", align: "right" },
    { title: "difference", align: "right" },
    { title: "currency" },
    { title: "cause" },
  ] as const;
  const rows = differences
    .slice(0, listedMax)
    .map((each) => [
      each.customer,
      shortTime(each.period.from),
      whatOf(each),
      each.expected ?? "-",
      each.billed ?? "-",
      each.difference,
      each.currency,
      causeOf(each),
    ]);
  return [
    `Billing periods that begin from ${shortTime(period.from)} until before ${shortTime(period.to)}:`,
    ...totals.map(
      (each) =>
        `  expected ${each.expected} ${each.currency}, billed here ${each.billed}, difference ${each.difference}`,
    ),
    ...(rows.length === 0 ? [] : ["", ...table(columns, rows)]),
    ...(differences.length > listedMax
      ? [`… and ${differences.length - listedMax} more: --json has all`]
      : []),
    "",
    verdict(expected, equal, differences),
  ];
}

function verdict(
  expected: number,
  equal: number,
  differences: readonly ShadowDifference[],
): string {
  if (expected === 0) return "Nothing was imported for this period: `tally shadow import FILE`.";
  return differences.length === 0
    ? `No difference: all ${expected} lines are billed here to the cent.`
    : `${equal} of ${expected} expected lines are the same; ${differences.length} differ.`;
}

function whatOf({ product, meter, line }: ShadowDifference): string {
  const parts = [product, meter, line].filter((part) => part !== null);
  return parts.length === 0 ? "total" : parts.join(", ");
}

function causeOf({ cause, expected_quantity, billed_quantity }: ShadowDifference): string {
  const text = texts[cause];
  return cause === "quantity"
    ? `${text}: ${expected_quantity ?? "-"} expected, ${billed_quantity ?? "0"} here`
    : text;
}

const texts: Readonly<Record<ShadowCause, string>> = {
  missing_customer: "no such customer here",
  no_bill: "no bill here",
  no_usage: "no usage here",
  no_line: "no such line here",
  quantity: "other quantity",
  rounding: "rounding",
  tax: "tax",
  price: "other price or tier",
  not_expected: "not billed there",
};

function shortTime(time: number): string {
  return formatTime(time).replace(/T00:00:00Z$/, "");
}
