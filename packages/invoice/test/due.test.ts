import { makePage, plainText } from "@tallybook/invoice";
import { formatTime, parseTime } from "@tallybook/periods";
import { expect, test } from "vitest";

import { dueAt } from "../src/terms.ts";
import { catalogOf } from "./catalogs.ts";
import { fee, paper } from "./paper.ts";

function catalog(time_zone: string) {
  return catalogOf({
    customers: [{ customer: "acme", currency: "USD", time_zone, payment_days: "14" }],
  });
}

const acme = { tenant: "default", customer: "acme" };

test.each([
  // The day of issue is the customer's, and the last day ends where the customer is.
  ["UTC", "2024-01-01T01:00:00Z", "2024-01-15T23:59:59.999999Z"],
  ["America/New_York", "2024-01-01T01:00:00Z", "2024-01-15T04:59:59.999999Z"],
  ["Asia/Tokyo", "2024-01-01T20:00:00Z", "2024-01-16T14:59:59.999999Z"],
  // A day of 23 hours among them, and one of 25.
  ["Europe/Berlin", "2024-03-25T12:00:00Z", "2024-04-08T21:59:59.999999Z"],
  ["Europe/Berlin", "2024-10-20T12:00:00Z", "2024-11-03T22:59:59.999999Z"],
])("an invoice is to be paid by the end of a day in %s", (zone, issued, due) => {
  expect(formatTime(dueAt(catalog(zone), acme, parseTime(issued) ?? 0) ?? 0)).toBe(due);
});

test("it has no such day where nobody has said one", () => {
  const unsaid = catalogOf({ customers: [{ customer: "acme", currency: "USD" }] });
  expect(dueAt(unsaid, acme, 0)).toBeNull();
});

test("the page says it, with how many days that is", () => {
  const { invoice, madeAt } = paper({ lines: [fee("20")] });
  const due_at = invoice.finalized_at + 14 * 86_400_000_000;
  const { details } = makePage({ ...invoice, due_at }, madeAt);
  const said = details.map(({ term, text }) => `${term}: ${plainText(text)}`);
  expect(said).toContain("To be paid by: 2023-12-15, 14 days from the day of issue");
  expect(makePage(invoice, madeAt).details.map(({ term }) => term)).not.toContain("To be paid by");
});
