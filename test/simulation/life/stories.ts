import { adjustment } from "@tallybook/testkit/facts";

import type { Line, Story } from "./story.ts";

/** Of US-1, which comes to 133.34 and is to be paid within twenty days; EU-0001 to 19.99 and 19 % of that; INV-000001 to 19.99. */
const c1 = { customer: "c1", currency: "USD" };
const c2 = { customer: "c2", currency: "USD" };
const c3 = { customer: "c3", currency: "USD" };
const month: Line = "a month passes";

function line(what: string, path: string, body?: object): Line {
  return body === undefined ? { what, path } : { what, path, body };
}

function pay(of: object, payment: string, amount: string, invoices?: readonly string[]): Line {
  const named = invoices === undefined ? {} : { invoices };
  const what = `pay ${shown(amount)}${invoices === undefined ? "" : ` of ${invoices.join()}`}`;
  return line(what, "payments", { payment, ...of, amount, ...named });
}

function bounce(payment: string): Line {
  return line(`${payment} bounces`, `payments/${payment}/reverse`, { reason: "returned" });
}

function send(invoice: string): Line {
  return line("send it", `invoices/${invoice}/send`, {});
}

function voided(invoice: string, what = "void it"): Line {
  return line(what, `invoices/${invoice}/void`, { reason: "wrong" });
}

function note(
  direction: "credit" | "debit",
  invoice: string,
  id: string,
  amount?: string,
  others: object = {},
): Line {
  const lines = amount === undefined ? {} : { lines: [{ line: 1, amount }] };
  const what = `${direction} ${amount === undefined ? "all that is left" : `${shown(amount)} of line 1`}`;
  const body = { note: id, reason: "agreed", ...lines, ...others };
  return line(what, `invoices/${invoice}/${direction}-notes`, body);
}

function shown(cents: string): string {
  return (Number(cents) / 100).toFixed(2);
}

/** Every way from one state of an invoice to the next. */
export const stories: readonly Story[] = [
  {
    title: "Held, finalized, sent, partly paid, overdue, paid, and paid again once it bounced",
    customer: "c2",
    lines: [
      line("hold c2", "holds", { hold: "h1", customer: "c2", reason: "looked at first" }),
      month,
      line("finalize it", "invoices/draft/finalize"),
      line("pay it", "payments", { payment: "p0", ...c2, amount: "1", invoices: ["US-1"] }),
      line("release c2", "holds/h1/release", { reason: "looked at" }),
      line("release c2 again", "holds/h1/release", { reason: "looked at" }),
      line("finalize it", "invoices/draft/finalize"),
      line("finalize it again", "invoices/draft/finalize"),
      line("hold it", "holds", { hold: "h2", invoice: "US-1", reason: "too late" }),
      send("US-1"),
      send("US-1"),
      pay(c2, "p1", "10000", ["US-1"]),
      pay(c2, "p1", "10000", ["US-1"]),
      pay(c2, "p1", "9999", ["US-1"]),
      month,
      pay(c2, "p2", "3334", ["US-1"]),
      bounce("p2"),
      bounce("p2"),
      pay(c2, "p3", "3334", ["US-1"]),
      voided("US-1"),
    ],
  },
  {
    title: "Voided",
    customer: "c1",
    lines: [
      month,
      voided("EU-0001"),
      voided("EU-0001", "void it again"),
      send("EU-0001"),
      note("credit", "EU-0001", "n1"),
      pay(c1, "p1", "2379", ["EU-0001"]),
    ],
  },
  {
    title: "Voided once nothing is paid of it any more",
    customer: "c3",
    lines: [
      month,
      pay(c3, "p1", "500"),
      voided("INV-000001"),
      bounce("p1"),
      voided("INV-000001"),
      bounce("p1"),
    ],
  },
  {
    title: "Credit noted with its tax, before and after it is paid",
    customer: "c1",
    lines: [
      month,
      note("credit", "EU-0001", "n1", "999"),
      note("credit", "EU-0001", "n1", "999"),
      note("credit", "EU-0001", "n1", "998"),
      voided("EU-0001"),
      pay(c1, "p1", "1190"),
      note("credit", "EU-0001", "n2", "1001"),
      note("credit", "EU-0001", "n2", "500", { tax: "kept" }),
      note("credit", "EU-0001", "n3"),
      note("credit", "EU-0001", "n4"),
      line("refund 12.00", "credits/refund", { refund: "r1", ...c1, amount: "1200" }),
      line("refund 10.00", "credits/refund", { refund: "r1", ...c1, amount: "1000" }),
      line("refund 10.00", "credits/refund", { refund: "r1", ...c1, amount: "1000" }),
    ],
  },
  {
    title: "Debit noted",
    customer: "c3",
    lines: [
      month,
      note("debit", "INV-000001", "n1", "300"),
      note("debit", "INV-000001", "n2", "-300"),
      note("debit", "INV-000001", "n2"),
      pay(c3, "p1", "1999"),
      note("credit", "INV-000001", "n3"),
    ],
  },
  {
    title: "Paid by credit, and owed again where the payment behind that bounces",
    customer: "c3",
    lines: [
      month,
      pay(c3, "p1", "5000"),
      month,
      line("apply 30.00", "credits/apply", { application: "a1", ...c3, amount: "3000" }),
      line("apply what is open", "credits/apply", { application: "a1", ...c3 }),
      line("apply what is open", "credits/apply", { application: "a1", ...c3 }),
      line("refund 5.00", "credits/refund", { refund: "r1", ...c3, amount: "500" }),
      bounce("p1"),
      line("apply what is there", "credits/apply", { application: "a2", ...c3 }),
    ],
  },
  {
    title: "One that gives back becomes credit at the next head",
    customer: "c3",
    facts: [adjustment("d1", "s3", "-50")],
    lines: [
      month,
      voided("INV-000001"),
      month,
      line("apply it", "credits/apply", { application: "a1", ...c3 }),
    ],
  },
];
