import type { MarketCheck } from "@tallybook/invoice";

import { table } from "./table.ts";

/** What a market has and what it lacks, and the verdict on the last line. */
export function marketText({ country, ready, rows }: MarketCheck): string[] {
  const lacking = rows.filter(({ missing }) => missing !== "").length;
  return [
    ...table(
      [{ title: "" }, { title: country }, { title: "found" }, { title: "to do" }],
      rows.map(({ what, found, missing }) => [missing === "" ? "✓" : "✗", what, found, missing]),
    ),
    "",
    ready
      ? `READY: sales into ${country} can be invoiced.`
      : `NOT READY: ${lacking} of ${rows.length} are missing for sales into ${country}.`,
  ];
}
