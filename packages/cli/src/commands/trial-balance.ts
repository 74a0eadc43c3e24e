import { byEntity, type CurrencyTotal, totalsOf } from "@tallybook/books";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findEngines, withEngines } from "../engines.ts";
import { rangeOptions, surveyed } from "../journal-export/range.ts";
import { table } from "../table.ts";
import { withProgress } from "../waiting.ts";

const columns = [
  { title: "account" },
  { title: "entity" },
  { title: "opening", align: "right" },
  { title: "debits", align: "right" },
  { title: "credits", align: "right" },
  { title: "closing", align: "right" },
  { title: "" },
] as const;

export const trialBalance: Command = {
  name: "trial-balance",
  summary: "Prints every account of the journal; fails unless everything closes at zero",
  args: [],
  options: { ...rangeOptions, data: deploymentOptions.data, ...jsonOption },
  examples: [
    "npx tally trial-balance",
    "npx tally trial-balance --period 2023-11 --json",
    "npx tally trial-balance --entity gmbh",
  ],
  async run(call) {
    const { balances, head, tenant } = await withProgress(
      call.remark,
      () => "reading the journal",
      withEngines(findEngines(call), ({ log }) => surveyed(call, "trial-balance", log)),
    );
    const totals = byEntity(balances).flatMap(([entity, rows]) =>
      totalsOf(rows).map((total) => ({ entity, ...total })),
    );
    if (call.has("json")) {
      call.print(
        JSON.stringify(
          { tenant, cut: head.cut, step: head.step, accounts: balances, totals },
          null,
          2,
        ),
      );
    } else {
      const rows = [...balances, ...totals.map((total) => ({ account: "total", ...total }))];
      for (const line of table(columns, rows.map(cells))) call.print(line);
      call.print(`Of ${tenant}, up to step ${head.step}, cut ${head.cut}.`);
    }
    return totals.every(({ closing }) => closing === "0") ? 0 : 1;
  },
};

function cells(
  row: CurrencyTotal & { readonly account: string; readonly entity: string | null },
): string[] {
  return [
    row.account,
    row.entity ?? "",
    row.opening,
    row.debits,
    row.credits,
    row.closing,
    row.currency,
  ];
}
