import type { Reconciliation, Unattributed } from "@tallybook/audit";
import { table } from "./table.ts";

const listedMax = 10;
/** Lines of single cuts in the table; beyond it only those that differ are shown. */
const cutLinesMax = 60;

/** The identity as a table, with what nobody bills listed under it. */
export function identityText(reconciliation: Reconciliation): readonly string[] {
  const { rows, lists, cut, time, ahead } = reconciliation;
  const columns = [
    { title: "tenant" },
    { title: "cut", align: "right" },
    { title: "identity" },
    { title: "left", align: "right" },
    { title: "right", align: "right" },
    { title: "residual", align: "right" },
  ] as const;
  const ofCuts = rows.filter((row) => row.cut !== undefined);
  const isLong = ofCuts.length > cutLinesMax;
  const shown = isLong ? rows.filter((row) => row.cut === undefined || row.residual !== "0") : rows;
  const cells = shown.map((row) => [
    row.tenant,
    row.cut === undefined ? "" : String(row.cut),
    row.name,
    row.left,
    row.right,
    row.residual,
  ]);
  const isOne = new Set(rows.map(({ tenant }) => tenant).filter(Boolean)).size <= 1;
  const of = ({ tenant }: { readonly tenant: string }) => (isOne ? "" : `${tenant}: `);
  const wrong = rows.filter((row) => row.residual !== "0").length;
  return [
    `Up to cut ${cut}${time === null ? "" : ` at ${new Date(time / 1_000).toISOString()}`}:`,
    "",
    ...table(columns, cells),
    ...(isLong
      ? ["", `${ofCuts.length} lines of single cuts: those that are 0 are listed by --json.`]
      : []),
    ...listed(
      "refused",
      lists.refused.map((each) => `${of(each)}${each.count} ${each.reason}`),
    ),
    ...listed(
      "unmeasurable",
      lists.unmeasurable.map((each) => `${of(each)}${each.count} ${each.reason}`),
    ),
    ...listed(
      "filled in",
      lists.filled.map((each) => `${of(each)}${filledText(each)}`),
    ),
    ...listed(
      "unattributed",
      lists.unattributed.map((each) => `${of(each)}${unattributedText(each)}`),
    ),
    ...listed(
      "parked",
      lists.parked.map(
        (each) =>
          `${of(each)}${each.quantity} of ${each.subscription}, ${each.price}: ${each.reason}`,
      ),
    ),
    ...listed(
      "written off",
      lists.written_off.map(
        (each) =>
          `${of(each)}${each.amount} ${each.currency} of ${each.subscription}, ${each.price}: ${each.reason}`,
      ),
    ),
    ...listed(
      "open",
      lists.open.map((each) => `${of(each)}${each.quantity} ${each.meter} of ${each.subscription}`),
    ),
    ...listed("differences", lists.differences),
    "",
    ...(ahead.length === 0
      ? []
      : [
          `Not compared yet: cut ${ahead.join(", ")}. If that does not pass, /readyz says why.`,
          "",
        ]),
    wrong === 0
      ? `Every residual is 0: ${rows.length} of ${rows.length}.`
      : `${wrong} of ${rows.length} residuals are not 0.`,
  ];
}

function unattributedText({
  meter,
  customer,
  subscription,
  quantity,
  reason,
}: Unattributed): string {
  const named = subscription === "" ? "" : `, naming ${subscription}`;
  return `${quantity} ${meter} of ${customer}${named}: ${reason}`;
}

function filledText({
  meter,
  measured,
  were_without_meter,
  unmeasurable,
}: Reconciliation["lists"]["filled"][number]): string {
  const not = unmeasurable === 0 ? "" : `; ${unmeasurable} could not be measured`;
  return `${measured} events by ${meter}, ${were_without_meter} of which no meter had measured${not}`;
}

/** True when every residual is exactly 0, and there is something to reconcile. */
export function isBalanced({ rows }: Reconciliation): boolean {
  return rows.length > 0 && rows.every((row) => row.residual === "0");
}

function listed(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > listedMax ? [`  … and ${lines.length - listedMax} more`] : [];
  return ["", `${title}:`, ...lines.slice(0, listedMax).map((line) => `  ${line}`), ...more];
}
