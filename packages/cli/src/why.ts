import type { Why, WhyCustomer, WhyEvent } from "@tallybook/audit";
import { table } from "./table.ts";

/** Why usage is or is not on an invoice, and what to do about it. */
export function whyText(found: WhyEvent | WhyCustomer): readonly string[] {
  switch (found.kind) {
    case "event":
      return eventText(found);
    case "customer":
      return customerText(found);
  }
}

function eventText({ id, source, records }: WhyEvent): readonly string[] {
  return records.flatMap(({ partition, offset, customer, type, time, cut, backfill, answers }) => [
    `event ${source === "" ? id : `${source}/${id}`}, partition ${partition}, offset ${offset}${cut === null ? "" : `, cut ${cut}`}${backfill === null ? "" : `, by the backfill ${backfill}`}`,
    ...(customer === null
      ? []
      : [`  ${type ?? "?"} of ${customer}${time === null ? "" : ` at ${time}`}`]),
    ...answers.flatMap((answer) => [`  ${answerText(answer)}`, ...remedyText(answer)]),
  ]);
}

function customerText({ customer, usage, uncounted }: WhyCustomer): readonly string[] {
  const rows = usage.map((each) => [
    each.meter ?? "",
    each.quantity,
    String(each.count),
    each.subscription ?? "",
    `${each.from} to ${each.to}`,
    each.reason,
    each.detail,
  ]);
  const reasons = new Map([...usage, ...uncounted].map((each) => [each.reason, each]));
  return [
    `usage of ${customer}`,
    ...(rows.length === 0
      ? ["  none that is in a closed cut"]
      : table(
          [
            { title: "meter" },
            { title: "quantity", align: "right" },
            { title: "events", align: "right" },
            { title: "subscription" },
            { title: "time" },
            { title: "why" },
            { title: "" },
          ],
          rows,
        )),
    ...(uncounted.length === 0
      ? []
      : [
          "",
          "records that do not count",
          ...uncounted.map((each) => `  ${each.count} ${answerText(each)}`),
        ]),
    ...[...reasons.values()]
      .filter(({ remedy }) => remedy !== "")
      .map(({ reason, remedy }) => `${reason}: ${remedy}`),
  ];
}

function answerText({ reason, detail, meter, subscription }: Why): string {
  const of = [meter, subscription].filter((each) => each !== null).join(" of ");
  return `${of === "" ? "" : `${of}: `}${reason}${detail === "" ? "" : `, ${detail}`}`;
}

function remedyText({ remedy }: Why): string[] {
  return remedy === "" ? [] : [`    ${remedy}`];
}
