import { csvRecord } from "@tallybook/books";
import type { CsvCell } from "@tallybook/books";
import type { CustomerCreated, MeterPublished } from "@tallybook/catalog";
import type { StoredEvent } from "@tallybook/columns";
import { formatTime } from "@tallybook/periods";
import type { Aggregation } from "@tallybook/usage";

import type { MeterAnswer, MeterRow } from "./meter-query.ts";

/** A meter as OpenMeter has it; undefined where it has no word for what the meter does. */
export function meterView(versions: readonly MeterPublished[]): object | undefined {
  const [first, last] = [versions[0], versions.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const aggregation = aggregations[last.aggregation];
  if (aggregation === undefined) return undefined;
  const groupBy = last.dimensions.map((name) => [name, `$.${name}`] as const);
  return {
    id: last.meter,
    slug: last.meter,
    name: last.meter,
    aggregation,
    eventType: last.event_type,
    ...(last.value_property === null ? {} : { valueProperty: `$.${last.value_property}` }),
    ...(groupBy.length === 0 ? {} : { groupBy: Object.fromEntries<string>(groupBy) }),
    metadata: null,
    createdAt: formatTime(first.recorded_at),
    updatedAt: formatTime(last.recorded_at),
  };
}

const aggregations: Partial<Record<Aggregation, string>> = {
  count: "COUNT",
  sum: "SUM",
  max: "MAX",
  min: "MIN",
  average: "AVG",
  unique: "UNIQUE_COUNT",
  latest: "LATEST",
};

/** A customer as a subject. */
export function subjectView({ customer, name, recorded_at }: CustomerCreated): object {
  const at = formatTime(recorded_at);
  return {
    id: customer,
    key: customer,
    displayName: name,
    metadata: null,
    createdAt: at,
    updatedAt: at,
  };
}

/** An accepted event. What it held were texts, numbers by their digits. */
export function eventView(event: StoredEvent): object {
  return {
    event: {
      specversion: "1.0",
      id: event.id,
      source: event.source,
      type: event.type,
      subject: event.customer,
      time: formatTime(event.time),
      data: event.properties,
    },
    customerId: event.customer,
    ingestedAt: formatTime(event.received_at),
    storedAt: formatTime(event.received_at),
    ...(event.fault === null ? {} : { validationError: event.fault }),
  };
}

/** JSON, in which numbers have all their digits. */
export function answerText({ asked, groupBy, rows }: MeterAnswer): string {
  const { from, to, windowSize } = asked;
  const head = JSON.stringify({ from, to, windowSize });
  const data = rows.map((row) => {
    const rest = JSON.stringify(rowView(row, groupBy));
    return `{"value":${row.value},${rest.slice(1)}`;
  });
  return `${head === "{}" ? "{" : `${head.slice(0, -1)},`}"data":[${data.join(",")}]}`;
}

function rowView({ window, groups }: MeterRow, groupBy: readonly string[]): object {
  const customer = groups.get("customer_id");
  return {
    windowStart: formatTime(window.from),
    windowEnd: formatTime(window.to),
    subject: groups.get("subject") ?? null,
    ...(customer === undefined ? {} : { customerId: customer }),
    groupBy: Object.fromEntries(dimensionsIn(groupBy).map((name) => [name, groups.get(name)])),
  };
}

/** Comma-separated values (RFC 4180), with a header. */
export function answerCsv({ groupBy, rows }: MeterAnswer): string {
  const names = [
    "subject",
    ...groupBy.filter((name) => name === "customer_id"),
    ...dimensionsIn(groupBy),
  ];
  const head = ["window_start", "window_end", ...names, "value"];
  const lines = rows.map(({ window, groups, value }) => [
    number(formatTime(window.from)),
    number(formatTime(window.to)),
    ...names.map((name) => ({ text: groups.get(name) ?? "", isText: true })),
    number(value),
  ]);
  return [head.map((text) => ({ text, isText: true })), ...lines].map(csvRecord).join("");
}

function number(text: string): CsvCell {
  return { text, isText: false };
}

function dimensionsIn(groupBy: readonly string[]): string[] {
  return groupBy.filter((name) => name !== "subject" && name !== "customer_id");
}
