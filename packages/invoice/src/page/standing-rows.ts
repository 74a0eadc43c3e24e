import { add, decimal, isZero, sum, toText } from "@tallybook/money";

import { spokenDay } from "../days.ts";
import type { InvoiceFinalized } from "../facts.ts";
import type { LifeEvent } from "../life/receivables.ts";
import type { StandingEvent, Words } from "../words/words.ts";
import type { TotalRow } from "./invoice-page.ts";
import { totalRow } from "./make-table.ts";
import { name } from "./phrase.ts";
import { sumRow } from "./tax-rows.ts";

/** What has become of an invoice by the facts of `invoices` below an offset, which never change. */
export interface StandingTo {
  readonly offset: number;
  /** All that has happened to it, also behind the offset. */
  readonly events: readonly LifeEvent[];
}

/** What was paid and credited of an invoice, each with its day by the customer's clocks, and what is still to be paid. */
export function standingRows(
  { total, currency }: Pick<InvoiceFinalized, "total" | "currency">,
  { offset, events }: StandingTo,
  { words, zone }: { readonly words: Words; readonly zone: string },
): TotalRow[] {
  const past = events.filter((event) => event.offset < offset).flatMap(movedBy);
  const open = add(decimal(total), sum(past.map(({ change }) => change)));
  const { standing } = words;
  const rows = past.map(({ what, at, reference, change }) => {
    const on = standing.on(standing.events[what], spokenDay(at, zone, words));
    const phrase = reference === "" ? [on] : [on, " (", name(reference), ")"];
    return sumRow(phrase, toText(change), currency, words);
  });
  return [...rows, totalRow(standing.open, toText(open), currency, words)];
}

/** An event that changes what is to be paid, after it was asked for. */
function movedBy(event: LifeEvent): (LifeEvent & { readonly what: StandingEvent })[] {
  const { what, change } = event;
  if (what === "finalized" || what === "sent" || what === "overdue" || what === "reminded")
    return [];
  return isZero(change) ? [] : [{ ...event, what }];
}
