import { analyticsViews } from "@tallybook/columns/access";
import { misuse } from "./failure.ts";
import { timeOf } from "./period-option.ts";
import { formatTime } from "@tallybook/periods";

/** ClickHouse's names of the formats that a person names. */
const formats = { parquet: "Parquet", csv: "CSVWithNames", arrow: "Arrow" } as const;

/** The column that says when: what `--from` and `--to` go by. The catalog's views have none, since they are of all times, and what is true by the last cut. */
const timeByView: Readonly<Record<string, string>> = {
  usage_events: "time",
  measurements: "slot",
  rejected: "decided_at",
  usage_hourly: "hour",
  usage_at: "time",
  invoice_lines: "period_from",
  journal_postings: "date",
  settlements: "date",
  payments: "received_at",
  customer_statements: "time",
  cuts: "time",
};

export type ExportWishes = {
  readonly view: string;
  readonly format: string;
  readonly tenant: string | undefined;
  /** RFC 3339 or a day; the first is in, the second is not. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Of `usage_at`. */
  readonly cut: string | undefined;
};

/** A query, and what stands for its `{name:Type}`. */
export type ExportQuery = {
  readonly query: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** What a wished export asks of ClickHouse. Throws a misuse that says which wish is wrong, and what it may be. */
export function exportQuery(wishes: ExportWishes, analytics: string): ExportQuery {
  const { view, tenant, from, to, cut } = wishes;
  if (!analyticsViews.includes(view)) {
    throw misuse(
      `tally export-view: there is no view ${view}; there are ${analyticsViews.join(", ")}.`,
    );
  }
  if (!isFormat(wishes.format)) {
    const known = Object.keys(formats).join(", ");
    throw misuse(`tally export-view: --format is ${known}, not ${wishes.format}.`);
  }
  if ((view === "usage_at") !== (cut !== undefined)) {
    throw misuse(
      "tally export-view: usage_at needs --cut N, a closed cut, and no other view takes it.",
    );
  }
  if (cut !== undefined && !/^\d{1,9}$/.test(cut))
    throw misuse(`tally export-view: --cut is a number, not ${cut}.`);
  if (view === "cuts" && tenant !== undefined)
    throw misuse("tally export-view: cuts are of no tenant: leave --tenant out.");
  const time = timeByView[view];
  if (time === undefined && (from !== undefined || to !== undefined))
    throw misuse(`tally export-view: ${view} is of all times: leave --from and --to out.`);
  const when = "parseDateTime64BestEffort({@:String}, 6, 'UTC')";
  const conditions = [
    ...(tenant === undefined ? [] : ["tenant = {tenant:String}"]),
    ...(from === undefined ? [] : [`${time} >= ${when.replace("@", "from")}`]),
    ...(to === undefined ? [] : [`${time} < ${when.replace("@", "to")}`]),
  ];
  const source = `${analytics}.${view}${cut === undefined ? "" : `(cut = ${cut})`}`;
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  return {
    query: `SELECT * FROM ${source}${where} FORMAT ${formats[wishes.format]}`,
    parameters: {
      ...(tenant === undefined ? {} : { tenant }),
      ...(from === undefined ? {} : { from: momentOf("--from", from) }),
      ...(to === undefined ? {} : { to: momentOf("--to", to) }),
    },
  };
}

function isFormat(name: string): name is keyof typeof formats {
  return Object.hasOwn(formats, name);
}

function momentOf(option: string, text: string): string {
  const micros = timeOf(text);
  if (micros !== undefined) return formatTime(micros);
  throw misuse(
    `tally export-view: ${option} is a day or an RFC 3339 time, such as 2023-11-01, not ${text}.`,
  );
}
