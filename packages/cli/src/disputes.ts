import { amountText } from "./amounts.ts";
import { table } from "./table.ts";

/** A dispute, as the API has it. */
export type Dispute = {
  readonly dispute: string;
  readonly status: "open" | "settled";
  readonly number: string;
  readonly customer: string;
  readonly line: number;
  readonly currency: string;
  readonly amount: string;
  readonly reason: string;
  readonly replay: { readonly verdict: string; readonly detail: string };
  readonly opened_at: string;
  readonly settled: {
    readonly outcome: string;
    readonly reason: string;
    readonly reference: string | null;
  } | null;
};

export type DisputeList = {
  readonly report: {
    readonly invoices: number;
    readonly disputed_invoices: number;
    readonly open: number;
    readonly under_dispute: Readonly<Record<string, string>>;
    readonly oldest_seconds: number | null;
    readonly median_settled_seconds: number | null;
  };
  readonly disputes: readonly Dispute[];
};

export function disputesText({ report, disputes }: DisputeList): readonly string[] {
  if (disputes.length === 0) return ["Nobody disputes anything."];
  const rows = disputes.map((each) => [
    each.dispute.slice(0, shownMax),
    each.number,
    String(each.line),
    each.customer,
    amountText(each.amount, each.currency),
    each.currency,
    each.replay.verdict,
    each.opened_at,
    each.settled === null ? "open" : each.settled.outcome,
  ]);
  const { invoices, disputed_invoices, open, oldest_seconds, median_settled_seconds } = report;
  const under = Object.entries(report.under_dispute).map(
    ([code, amount]) => `${amountText(amount, code)} ${code}`,
  );
  return [
    ...table(
      [
        { title: "dispute" },
        { title: "invoice" },
        { title: "line", align: "right" },
        { title: "customer" },
        { title: "amount", align: "right" },
        { title: "" },
        { title: "replay" },
        { title: "opened" },
        { title: "settled by" },
      ],
      rows,
    ),
    "",
    `${disputed_invoices} of ${invoices} invoices were disputed (${percentText(disputed_invoices, invoices)}); ${open} disputes are open${under.length === 0 ? "" : `, about ${under.join(" and ")}`}.`,
    ...(oldest_seconds === null ? [] : [`The oldest open one is ${ageText(oldest_seconds)} old.`]),
    ...(median_settled_seconds === null
      ? []
      : [`Half of the settled ones took ${ageText(median_settled_seconds)} or less.`]),
  ];
}

export function disputeText(of: Dispute): readonly string[] {
  const { settled, replay } = of;
  return [
    `dispute ${of.dispute}`,
    `  line ${of.line} of ${of.number}, ${of.customer}: ${amountText(of.amount, of.currency)} ${of.currency}`,
    `  "${of.reason}"`,
    `  replayed when it was opened: ${replay.verdict}${replay.detail === "" ? "" : `, ${replay.detail}`}`,
    settled === null
      ? "  open: reminders leave its amount out"
      : `  settled by ${settled.outcome}${settled.reference === null ? "" : ` ${settled.reference}`}: "${settled.reason}"`,
  ];
}

/** As much of an id as tells disputes apart; --json has all of it. */
const shownMax = 64;

function percentText(part: number, whole: number): string {
  return `${whole === 0 ? "0" : ((100 * part) / whole).toFixed(2)} %`;
}

function ageText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h` : `${Math.floor(seconds / 60)} min`;
}
