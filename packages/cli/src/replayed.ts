import type { Replay, Verdict } from "@tallybook/audit";
import { dimensionsText } from "./invoices.ts";
import { type Column, table } from "./table.ts";

const eventsMax = 10;

/** The road of a line, from its events to its cents. */
export function replayText(replay: Replay): readonly string[] {
  const { events, rollup, meter, price, transaction, compared } = replay;
  return [
    `Line ${replay.line} of invoice ${replay.number}: ${replay.description}`,
    "",
    `1. ${events.length} events in the log`,
    ...indented(eventsTable(replay)),
    `2. meter ${meterText(meter)}`,
    `3. rollup: ${rollup.length} hours`,
    `4. price ${price.price} of ${price.plan}, version ${price.plan_version}: ${price.text}`,
    `   ${replay.explanation}`,
    `5. journal transaction ${transaction.seq} (${transaction.kind}) at offset ${transaction.journal_offset}`,
    ...indented(
      table(
        [{ title: "account" }, { title: "amount", align: "right" }],
        replay.postings.map(({ account, amount }) => [account, amount]),
      ),
    ),
    "6. billed, and computed again from the log",
    ...indented(
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
    ),
    sentence(replay.verdict),
  ];
}

function meterText(meter: Replay["meter"]): string {
  if (meter === null) return "none: it is about no usage";
  const made = meter.merging === null ? "" : `: ${quantityByMerging[meter.merging]}`;
  return `${meter.meter}, version ${meter.versions.join(", ")}${made}`;
}

type Merging = NonNullable<NonNullable<Replay["meter"]>["merging"]>;

const quantityByMerging: Readonly<Record<Merging, string>> = {
  sum: "the sum of the quantities",
  max: "the highest quantity",
  min: "the lowest quantity",
  latest: "the latest quantity, by time, partition and offset",
  unique: "how many distinct values",
  average: "the sum of the quantities, divided by their number",
};

function sentence(verdict: Verdict): string {
  switch (verdict.kind) {
    case "equal":
      return "Every number comes out again.";
    case "columns_differ":
      return `Every number of the bill comes out again from the log. ClickHouse differs from it: it has ${verdict.first.billed}, the log ${verdict.first.recomputed}.`;
    case "different":
      return `The first difference is at ${verdict.first.step}: ${verdict.first.what} was billed as ${verdict.first.billed}, and is ${verdict.first.recomputed}.`;
  }
}

function eventsTable({ events, meter }: Replay): readonly string[] {
  if (events.length === 0) return [];
  const isUnique = meter?.merging === "unique";
  const columns: readonly Column[] = [
    { title: "partition", align: "right" },
    { title: "offset", align: "right" },
    { title: "id" },
    { title: "time" },
    isUnique ? { title: "value" } : { title: "quantity", align: "right" },
    { title: "cut", align: "right" },
    { title: "dimensions" },
  ];
  const rows = events
    .slice(0, eventsMax)
    .map((event) => [
      String(event.partition),
      String(event.offset),
      event.source === "" ? event.id : `${event.source}/${event.id}`,
      event.time,
      isUnique ? JSON.stringify(event.value) : event.quantity,
      String(event.cut),
      dimensionsText(event.dimensions),
    ]);
  const more = events.length > eventsMax ? [`… and ${events.length - eventsMax} more`] : [];
  return [...table(columns, rows), ...more];
}

function indented(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines.map((line) => `   ${line}`), ""];
}
