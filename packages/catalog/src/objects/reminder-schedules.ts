import { textOf } from "../entry.ts";
import type { Collection } from "./collection.ts";

/** When customers are reminded of what they have not paid. */
export type ReminderSchedule = {
  /** Days of 24 hours after an invoice should have been paid, each a reminder: texts of whole numbers, growing. */
  readonly days: readonly string[];
};

/** Of which kind of document; there is one. */
export const remindedKind = "invoices";

const [daysMax, remindersMax] = [3_653, 20];

export const reminderSchedules: Collection<ReminderSchedule> = {
  collection: "reminder_schedules",
  idField: "reminder_schedule",
  idRule: "name",
  within: null,
  read(entry) {
    const days = entry.list("days", (json, at, faults) => {
      const text = textOf(json, at, "id", faults);
      if (/^\d{1,4}$/.test(text) && Number(text) <= daysMax) return String(Number(text));
      faults.add(at, "out_of_range", `it must be a number of days from 0 to ${daysMax}`);
      return "0";
    });
    if (days.some((each, at) => at > 0 && Number(each) <= Number(days[at - 1])))
      entry.fault("days", "not_in_order", "each must be more days than the one before it");
    if (days.length > remindersMax)
      entry.fault("days", "too_many", `there must be ${remindersMax} at most`);
    return { days };
  },
  references: () => [],
  settle(body, { id, fault }) {
    if (id !== remindedKind)
      fault(
        "reminder_schedule",
        "not_an_option",
        `it must be ${remindedKind}: there are no others`,
      );
    return body;
  },
};
