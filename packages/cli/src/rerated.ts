import type { RerateDifference, Rerated } from "@tallybook/audit";
import { decimal, sub, sum, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { table } from "./table.ts";

/** Differences that are shown number by number; all of them are in --json. */
const detailedMax = 20;
const listedMax = 200;

/** What differs, line by line, each with why; or that nothing does. */
export function reratedText(rerated: Rerated): readonly string[] {
  const { differences, totals, parked, transactions } = rerated;
  const columns = [
    { title: "customer" },
    { title: "subscription" },
    { title: "period from" },
    { title: "line" },
    { title: "posted", align: "right" },
    { title: "again", align: "right" },
    { title: "difference", align: "right" },
    { title: "currency" },
    { title: "why" },
  ] as const;
  const rows = differences
    .slice(0, listedMax)
    .map((each) => [
      each.customer,
      each.subscription,
      shortTime(each.period_from),
      lineName(each),
      each.posted ?? "-",
      each.again ?? "-",
      differenceOf(each),
      each.currency,
      why(each),
    ]);
  return [
    `Billing periods that begin from ${shortTime(rerated.period.from)} until before ${shortTime(rerated.period.to)}, as known at cut ${rerated.cut}:`,
    ...totals.map(
      ({ tenant, currency, posted, again, difference }) =>
        `  ${tenant}: posted ${posted} ${currency}, rated again ${again}, difference ${difference}`,
    ),
    ...(rows.length === 0 ? [] : ["", ...table(columns, rows)]),
    ...more(differences.length, listedMax),
    ...differences.slice(0, detailedMax).flatMap(detail),
    ...(parked.length === 0
      ? []
      : [
          "",
          "parked, then or now, and billed to nobody:",
          ...parked.map(
            (each) =>
              `  ${each.subscription}, ${shortTime(each.period_from)}, ${each.price}: ${each.reason}`,
          ),
        ]),
    "",
    verdict(transactions, differences),
  ];
}

function verdict(transactions: number, differences: readonly RerateDifference[]): string {
  if (differences.length > 0) {
    const sizes = differences.map((each) => decimal(differenceOf(each)));
    const net = toText(sum(sizes));
    return `${differences.length} lines differ from what was posted, together by ${net}.`;
  }
  return transactions === 0
    ? "Nothing was posted for this period, and nothing would be."
    : `No difference: all ${transactions} transactions come out again to the byte, and nothing is missing.`;
}

function detail(each: RerateDifference): string[] {
  const columns = [
    { title: "step" },
    { title: "what" },
    { title: "posted", align: "right" },
    { title: "again", align: "right" },
  ] as const;
  const rows = each.compared.map(({ step, what, billed, recomputed }) => [
    step,
    what,
    billed,
    recomputed,
  ]);
  const place = each.transaction.seq === null ? "" : `, transaction ${each.transaction.seq}`;
  const title = `${each.subscription}, ${shortTime(each.period_from)}, ${lineName(each)}${place}:`;
  return ["", title, ...table(columns, rows).map((line) => `  ${line}`)];
}

/** Price, and what kind of transaction where it is no plain usage. */
function lineName({ price, transaction }: RerateDifference): string {
  const { kind } = transaction;
  return [price, kind === "usage" ? null : kind].filter((part) => part !== null).join(", ");
}

function why({ kind, causes, reason }: RerateDifference): string {
  switch (kind) {
    case "differs":
      return causes.join(", ");
    case "not_rated":
      return reason === null ? "no longer rated" : `no longer rated: ${reason}`;
    case "not_posted":
      return "never posted";
  }
}

function differenceOf({ posted, again }: RerateDifference): string {
  return toText(sub(decimal(again ?? "0"), decimal(posted ?? "0")));
}

function shortTime(time: number): string {
  return formatTime(time).replace(/T00:00:00Z$/, "");
}

function more(count: number, max: number): string[] {
  return count > max ? [`… and ${count - max} more: --json has all`] : [];
}
