import type { Compared, Replay, ReplayedLine, Verdict } from "@tallybook/audit";
import { dimensionsText } from "./invoices.ts";
import { type Column, table } from "./table.ts";

/** What was billed and what comes out, line by line, and what that proves. */
export function replayText(replay: Replay): readonly string[] {
  const { number, currency, lines, compared, statement, verdict } = replay;
  return [
    ...lines.flatMap((line) => lineText(number, line)),
    ...(compared.length === 0
      ? []
      : [
          "events of these lines, as ClickHouse has them and as the log has them",
          ...comparedText(compared),
        ]),
    ...(lines.length < 2
      ? []
      : [`lines of ${number}, ${currency}`, ...indented(linesTable(lines))]),
    statement,
    sentence(verdict),
  ];
}

function linesTable(lines: readonly ReplayedLine[]): readonly string[] {
  const billedOf = ({ compared }: ReplayedLine) =>
    compared.find(({ step, what }) => step === "line" && what.startsWith("minor units"));
  return table(
    [
      { title: "line", align: "right" },
      { title: "what" },
      { title: "billed", align: "right" },
      { title: "again", align: "right" },
      { title: "" },
    ],
    lines.map((line) => [
      String(line.line),
      line.description,
      billedOf(line)?.billed ?? "-",
      billedOf(line)?.recomputed ?? "-",
      wordOf(line.verdict),
    ]),
  );
}

export function wordOf({ kind }: Verdict): string {
  switch (kind) {
    case "equal":
      return "exact";
    case "columns_differ":
      return "exact; ClickHouse DIFFERS";
    case "different":
      return "DIFFERENT";
  }
}

/** The road of a line, from its events to its cents. */
function lineText(number: string, line: ReplayedLine): readonly string[] {
  const { event_count, uncounted_count, rollup, meter, contract, price, transaction, compared } =
    line;
  const also = uncounted_count === 0 ? "" : `, and ${uncounted_count} records that do not count`;
  return [
    `Line ${line.line} of invoice ${number}: ${line.description}`,
    "",
    `1. ${event_count} events in the log${also}`,
    ...indented(eventsTable(line)),
    `2. meter ${transaction.kind === "discount" ? "none: a coupon" : meterText(meter)}`,
    `3. rollup: ${rollup.length} hours`,
    `4. price ${price.price} of ${price.plan}, version ${price.plan_version}${contract === null ? "" : `, by contract ${contract.contract}, version ${contract.version}`}: ${price.text}`,
    `   ${line.explanation}`,
    `5. journal transaction ${transaction.seq} (${transaction.kind}${broughtBy(transaction)}) at offset ${transaction.journal_offset}`,
    ...indented(
      table(
        [{ title: "account" }, { title: "amount", align: "right" }],
        line.postings.map(({ account, amount }) => [account, amount]),
      ),
    ),
    "6. billed, and computed again from the log",
    ...comparedText(compared),
  ];
}

function broughtBy({ backfills }: ReplayedLine["transaction"]): string {
  if (backfills.length === 0) return "";
  return `, by the backfill${backfills.length === 1 ? "" : "s"} ${backfills.join(", ")}`;
}

/** Each number with its step, as it was billed and as it comes out. */
export function comparedText(compared: readonly Compared[]): string[] {
  return indented(
    table(
      [
        { title: "step" },
        { title: "what" },
        { title: "billed", align: "right" },
        { title: "again", align: "right" },
        { title: "" },
      ],
      compared.map((one) => [
        one.step,
        one.what,
        one.billed,
        one.recomputed,
        one.equal ? "equal" : "DIFFERENT",
      ]),
    ),
  );
}

function meterText(meter: ReplayedLine["meter"]): string {
  if (meter === null) return "none: it is about no usage";
  const made = meter.merging === null ? "" : `: ${quantityByMerging[meter.merging]}`;
  return `${meter.meter}, version ${meter.versions.join(", ")}${made}`;
}

type Merging = NonNullable<NonNullable<ReplayedLine["meter"]>["merging"]>;

const quantityByMerging: Readonly<Record<Merging, string>> = {
  sum: "the sum of the quantities",
  max: "the highest quantity",
  min: "the lowest quantity",
  latest: "the latest quantity, by time, partition and offset",
  unique: "how many distinct values",
  average: "the sum of the quantities, divided by their number",
};

/** What came out, in words. */
export function sentence(verdict: Verdict): string {
  switch (verdict.kind) {
    case "equal":
      return "Every number comes out again.";
    case "columns_differ":
      return `Every number of the bill comes out again from the log. ClickHouse differs from it, in ${verdict.first.what}: it has ${verdict.first.billed}, the log ${verdict.first.recomputed}.`;
    case "different":
      return `The first difference is at ${verdict.first.step}: ${verdict.first.what} was billed as ${verdict.first.billed}, and is ${verdict.first.recomputed}.`;
  }
}

function eventsTable(line: ReplayedLine): readonly string[] {
  const { events, uncounted, event_count, uncounted_count, meter } = line;
  if (event_count + uncounted_count === 0) return [];
  const isUnique = meter?.merging === "unique";
  const columns: readonly Column[] = [
    { title: "partition", align: "right" },
    { title: "offset", align: "right" },
    { title: "id" },
    { title: "time" },
    isUnique ? { title: "value" } : { title: "quantity", align: "right" },
    { title: "cut", align: "right" },
    { title: "dimensions" },
    { title: "decision" },
  ];
  const rowOf = (
    event: Omit<ReplayedLine["events"][number], "cut">,
    cut: string,
    decision: string,
  ) => [
    String(event.partition),
    String(event.offset),
    event.source === "" ? event.id : `${event.source}/${event.id}`,
    event.time,
    isUnique ? JSON.stringify(event.value) : event.quantity,
    cut,
    dimensionsText(event.dimensions),
    decision,
  ];
  const counted = events.map((event) => rowOf(event, String(event.cut), acceptedText(event)));
  const others = uncounted.map((event) => rowOf(event, "", decisionText(event)));
  const [moreThat, moreThatNot] = [event_count - events.length, uncounted_count - uncounted.length];
  const more = [
    ...(moreThat > 0 ? [`… and ${moreThat} more that count`] : []),
    ...(moreThatNot > 0 ? [`… and ${moreThatNot} more that do not count`] : []),
  ];
  return [...table(columns, [...counted, ...others]), ...more];
}

function acceptedText({ backfill }: ReplayedLine["events"][number]): string {
  return backfill === null ? "accepted" : `accepted, by the backfill ${backfill}`;
}

function decisionText({ decision, reason, detail }: ReplayedLine["uncounted"][number]): string {
  return decision === reason ? `${decision}: ${detail}` : `${decision}, ${reason}: ${detail}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines.map((line) => `   ${line}`), ""];
}
