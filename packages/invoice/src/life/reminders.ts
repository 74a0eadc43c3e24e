import type { Catalog } from "@tallybook/catalog";
import { reminderDaysOf } from "@tallybook/catalog";
import { compare, decimal, sub, toText } from "@tallybook/money";
import { MICROS_PER_SECOND } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";

import { disputesOf, underDispute } from "../disputes.ts";
import type { Disputes } from "../disputes.ts";
import type { InvoiceReminded } from "./facts.ts";
import { holdOf } from "./holds.ts";
import type { Receivable, Receivables } from "./receivables.ts";

/**
 * The reminders whose day has come at a step of the journal, by the schedules that the catalog last says: each once, of what is open less
 * what is under dispute. Where several have come it is the last one alone. Nobody is reminded of what is paid, disputed whole or on hold.
 */
export function newReminders(
  { owing, holds }: Receivables,
  disputes: Disputes,
  catalog: Catalog,
  at: { readonly time: Micros; readonly step: number },
): InvoiceReminded[] {
  const schedules = new Map<string, readonly number[]>();
  const scheduleOf = (tenant: string) => {
    const known = schedules.get(tenant) ?? reminderDaysOf(catalog, tenant);
    schedules.set(tenant, known);
    return known;
  };
  return [...owing].flatMap((receivable) => {
    const { invoice, open } = receivable;
    const { invoice: id, number, tenant, customer, currency, due_at } = invoice;
    if (due_at === null || due_at > at.time) return [];
    const days = reminderDue(scheduleOf(tenant), receivable, at.time);
    if (days === undefined || holdOf(holds, invoice) !== undefined) return [];
    const disputed = underDispute(disputesOf(disputes.values(), invoice), open);
    const amount = sub(open, disputed);
    if (compare(amount, zero) <= 0) return [];
    const of = { invoice: id, number, tenant, customer, currency, due_at, days };
    return [
      {
        kind: "InvoiceReminded",
        ...of,
        open: toText(open),
        disputed: toText(disputed),
        amount: toText(amount),
        reminded_at: at.time,
        journal_step: at.step,
      },
    ];
  });
}

/** The last reminder whose day has come; undefined where that one, or a later one, was written, or none has come. */
function reminderDue(
  schedule: readonly number[],
  { invoice, remindedDays }: Receivable,
  time: Micros,
): number | undefined {
  const dueAt = invoice.due_at ?? time;
  const days = schedule.findLast((each) => dueAt + each * microsPerDay <= time);
  return days === undefined || days <= remindedDays ? undefined : days;
}

const microsPerDay = 86_400 * MICROS_PER_SECOND;
const zero = decimal("0");
