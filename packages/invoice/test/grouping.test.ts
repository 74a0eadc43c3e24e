import type { CatalogFact } from "@tallybook/catalog";
import {
  draftInvoices,
  dueDrafts,
  emptyBills,
  evolveBills,
  finalizedDraft,
  newDrafts,
  renderInvoice,
  renderInvoiceCsv,
} from "@tallybook/invoice";
import type { Bills, InvoiceFact, InvoiceFinalized } from "@tallybook/invoice";
import { createCatalogHistory } from "@tallybook/journal";
import type { JournalFact, Transaction } from "@tallybook/journal";
import { MICROS_PER_HOUR } from "@tallybook/periods";
import {
  at,
  calendarOf,
  customer,
  fee as feePrice,
  latePolicy,
  plan,
  settings,
  subscription,
  system,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { adjusted, charged, discounted, stepOf } from "./charged.ts";
import type { Charged } from "./charged.ts";

const [november, december, january] = [at("2023-11-01"), at("2023-12-01"), at("2024-01-01")];
const hour = MICROS_PER_HOUR;

describe("a customer's subscriptions", () => {
  test("that end on a day are on one invoice: one number, one total, rounded once", () => {
    const books = open();
    const [invoice, ...others] = books.step(december + hour, [
      inNovember("s1", "20.004"),
      inNovember("s2", "7.004"),
    ]);
    expect(others).toEqual([]);
    expect(`\n${table(invoice)}\n`).toBe(`
INV-000001 acme 2023-11-01T00:00:00Z 2023-12-01T00:00:00Z USD 2701
  s1 dev 1 to 1: 2001
  s2 dev 2 to 2: 700
`);
    expect(invoice).toMatchObject({
      subscription: "",
      plan: "",
      plan_version: 0,
      rounding: "0.002",
    });
  });

  test("have an invoice each where nobody has said otherwise, or the customer wants it so", () => {
    const own = open([grouping("customer", "subscription")]);
    const charges = [inNovember("s1", "20"), inNovember("s2", "7")];
    expect(namesOf(own.step(december + hour, charges))).toEqual(["s1", "s2"]);
    const usual = open([], []);
    expect(namesOf(usual.step(december + hour, charges))).toEqual(["s1", "s2"]);
  });

  test("of one that alone is due, an invoice is like any other", () => {
    const books = open();
    const invoices = books.step(december + hour, [inNovember("s1", "20"), inNovember("s2")]);
    expect(namesOf(invoices)).toEqual(["s1"]);
    expect(invoices[0]?.parts).toEqual([]);
  });

  test("end on the same day by their own clocks, wherever they are", () => {
    const there = (name: string, zone: string, hours: number) => ({
      began: subscription(
        name,
        "acme",
        "dev",
        zone === "Asia/Tokyo" ? "2023-10-31T15:00:00Z" : "2023-11-01T04:00:00Z",
        null,
        calendarOf("month", zone),
      ),
      fee: charged({
        subscription: name,
        from: november - hours * hour,
        to: december - hours * hour,
        amount: "5",
      }),
    });
    const [tokyo, york] = [there("s3", "Asia/Tokyo", 9), there("s4", "America/New_York", -5)];
    const books = open([tokyo.began, york.began]);
    expect(books.step(december - 8 * hour, [tokyo.fee])).toEqual([]);
    const both = [inNovember("s1", "20"), inNovember("s2", "7")];
    expect(books.step(december + hour, both)).toEqual([]);
    const [invoice] = books.step(december + 6 * hour, [york.fee]);
    expect(invoice?.parts.map((part) => part.subscription)).toEqual(["s1", "s2", "s3", "s4"]);
  });

  test("that end on other days have other invoices, and so have those in other currencies", () => {
    const days = calendarOf("month", "UTC", { kind: "day_of_month", day: 15 });
    const books = open([subscription("s3", "acme", "dev", "2023-11-15", null, days)]);
    const first = books.step(december + hour, [
      inNovember("s1", "20"),
      { ...inNovember("s2", "7"), currency: "EUR" },
    ]);
    expect(first.map((each) => `${each.subscription} ${each.currency}`)).toEqual([
      "s1 USD",
      "s2 EUR",
    ]);
    const middle = { from: at("2023-11-15"), to: at("2023-12-15") };
    const later = books.step(at("2023-12-15") + hour, [
      charged({ subscription: "s3", ...middle, amount: "5" }),
    ]);
    expect(namesOf(later)).toEqual(["s3"]);
  });
});

describe("a subscription that is not rated yet", () => {
  test("is waited for", () => {
    const books = open();
    expect(books.step(december + hour, [inNovember("s1", "20")])).toEqual([]);
    expect(books.step(december + 2 * hour, [])).toEqual([]);
    const [invoice] = books.step(december + 3 * hour, [inNovember("s2", "7")]);
    expect(invoice?.parts.map((part) => part.subscription)).toEqual(["s1", "s2"]);
    expect(invoice?.total).toBe("2700");
  });

  test("is waited for a day behind its grace, and has an invoice of its own then", () => {
    const books = open();
    books.step(december + hour, [inNovember("s1", "20")]);
    expect(books.step(december + 25 * hour - 1, [])).toEqual([]);
    expect(namesOf(books.step(december + 25 * hour, []))).toEqual(["s1"]);
    expect(namesOf(books.step(december + 40 * hour, [inNovember("s2", "7")]))).toEqual(["s2"]);
  });

  test("and was not rated the month before either keeps nobody", () => {
    const books = open();
    books.step(december + hour, [inNovember("s1", "20")]);
    books.step(december + 25 * hour, []);
    const next = { from: december, to: january };
    const invoices = books.step(january + hour, [
      charged({ subscription: "s1", ...next, amount: "9" }),
    ]);
    expect(namesOf(invoices)).toEqual(["s1"]);
  });

  test("keeps nobody where its plan has no prices", () => {
    const books = open([plan("free", []), subscription("s3", "acme", "free", "2023-11-01")]);
    expect(
      books.step(december + hour, [inNovember("s1", "20"), inNovember("s2", "7")]),
    ).toHaveLength(1);
  });

  test("keeps all invoices of the customer, and none of another", () => {
    const other = [customer("other"), subscription("t1", "other", "dev", "2023-11-01")];
    const books = open([latePolicy(), ...other]);
    books.step(december + hour, [inNovember("s1", "20"), inNovember("s2", "7")]);
    const next = { from: december, to: january };
    const invoices = books.step(january + hour, [
      charged({ subscription: "s1", ...next, amount: "9" }),
      adjusted({ subscription: "s2", from: november, to: december, amount: "1" }),
      charged({ subscription: "t1", customer: "other", ...next, amount: "3" }),
    ]);
    expect(namesOf(invoices)).toEqual(["t1"]);
  });
});

describe("what stands apart", () => {
  test("does not reconcile: it waits alone, and the others are invoiced", () => {
    const books = open();
    const sound = inNovember("s1", "20");
    const faulty = inNovember("s2", "7");
    const postings = faulty.postings.map((each, nth) =>
      nth === 0 ? { ...each, amount: "8" } : each,
    );
    const invoices = books.step(december + hour, [sound, { ...faulty, postings }]);
    expect(namesOf(invoices)).toEqual(["s1"]);
    expect(books.drafts().map((draft) => draft.subscription)).toEqual(["s2"]);
  });

  test("is what begins: a fee in advance does not wait for the period's end", () => {
    const books = open();
    const ahead = (name: string) =>
      charged({ subscription: name, from: november, to: december, amount: "3", in_advance: true });
    const off = discounted({ subscription: "s1", from: november, to: december, amount: "-0.3" });
    const [invoice, ...others] = books.step(november, [ahead("s1"), off, ahead("s2")]);
    expect(others).toEqual([]);
    expect(invoice?.parts.map(({ lines }) => lines)).toEqual([2, 1]);
  });

  test("is no adjustment: billed at once, it goes with what is due", () => {
    const books = open([latePolicy()]);
    books.step(december + hour, [inNovember("s1", "20"), inNovember("s2", "7")]);
    const next = { from: december, to: january };
    const [invoice, ...others] = books.step(january + hour, [
      charged({ subscription: "s1", ...next, amount: "9" }),
      charged({ subscription: "s2", ...next, amount: "0", quantity: "0" }),
      adjusted({ subscription: "s2", from: november, to: december, amount: "1" }),
    ]);
    expect(others).toEqual([]);
    expect(invoice).toMatchObject({ total: "1000", period_from: december, period_to: january });
    expect(invoice?.parts.map((part) => part.subscription)).toEqual(["s1", "s2"]);
  });
});

describe("a hold", () => {
  test("keeps them all as one draft, which is finalized under its id", () => {
    const books = open();
    const held = () => true;
    const none = books.step(december + hour, [inNovember("s1", "20"), inNovember("s2", "7")], held);
    expect(none).toEqual([]);
    const [draft] = books.drafts();
    expect(draft?.parts.map((part) => part.subscription)).toEqual(["s1", "s2"]);
    const made = books.finalize(draft?.invoice ?? "");
    expect(made).toMatchObject({ invoice: draft?.invoice, parts: draft?.parts, total: "2700" });
    expect(books.step(december + 2 * hour, [])).toEqual([]);
  });
});

describe("after an interruption", () => {
  test("what is invoiced is not invoiced again, and what is missing is made as it would have been", () => {
    const whole = open([latePolicy()]);
    const next = { from: december, to: january };
    const made = [
      ...whole.step(december + hour, [inNovember("s1", "20")]),
      ...whole.step(december + 2 * hour, [inNovember("s2", "7")]),
      ...whole.step(december + 9 * hour, [
        adjusted({ subscription: "s2", from: november, to: december, amount: "1" }),
      ]),
      ...whole.step(january + hour, [charged({ subscription: "s2", ...next, amount: "4" })]),
      ...whole.step(january + 2 * hour, [charged({ subscription: "s1", ...next, amount: "9" })]),
    ];
    expect(made.map(({ number, total }) => `${number} ${total}`)).toEqual([
      "INV-000001 2700",
      "INV-000002 100",
      "INV-000003 1300",
    ]);
    for (let kept = 0; kept <= made.length; kept += 1)
      expect(whole.again(made.slice(0, kept)), `behind ${kept}`).toEqual(made.slice(kept));
  });

  test("a draft of several holds what it holds, before the journal is read and after", () => {
    const whole = open();
    const charges = [inNovember("s1", "20"), inNovember("s2", "7")];
    whole.step(december + hour, charges, () => true);
    expect(whole.again(whole.drafts())).toEqual([]);
    const [draft] = whole.drafts();
    const made = whole.finalize(draft?.invoice ?? "");
    expect(whole.again([...whole.drafts(), made])).toEqual([]);
  });
});

describe("its forms", () => {
  test("name the subscription of each line, in JSON and as a table", () => {
    const [invoice] = open().step(december + hour, [inNovember("s1", "20"), inNovember("s2", "7")]);
    if (invoice === undefined) throw new Error("an invoice");
    expect(renderInvoice(invoice)).toMatchObject({
      subscription: null,
      plan: null,
      parts: [
        { subscription: "s1", plan: "dev", amount: "2000", exact: "20", lines: [1] },
        { subscription: "s2", plan: "dev", amount: "700", exact: "7", lines: [2] },
      ],
    });
    const rows = renderInvoiceCsv(invoice).trimEnd().split("\n");
    expect(rows.map((row) => row.split(",").slice(3, 7).join())).toEqual([
      "subscription,plan,plan_version,line",
      "s1,dev,1,1",
      "s2,dev,1,2",
    ]);
  });
});

/** Of November; without an amount nothing was used. */
function inNovember(name: string, amount?: string): Transaction {
  const of = { subscription: name, from: november, to: december } satisfies Charged;
  return amount === undefined
    ? charged({ ...of, amount: "0", quantity: "0" })
    : charged({ ...of, amount });
}

const all: readonly CatalogFact[] = [
  settings(),
  customer("acme"),
  plan("dev", [feePrice("monthly", "20")]),
  subscription("s1", "acme", "dev", "2023-11-01"),
  subscription("s2", "acme", "dev", "2023-11-01"),
];

/** What the tenant says, and the customer where it says something else. */
function grouping(tenant: string, own: string | null = null): CatalogFact {
  const id = own === null ? "invoices" : "acme";
  const collection = own === null ? "document_settings" : "customers";
  const body =
    own === null ? { invoice_grouping: tenant } : { name: "acme", invoice_grouping: own };
  return { kind: "ObjectRevised", ...system, collection, id, version: 1, archived: false, body };
}

/** An invoicer's decisions, step by step; grouped by the tenant's word unless others are given. */
function open(
  more: readonly CatalogFact[] = [],
  said: readonly CatalogFact[] = [grouping("customer")],
) {
  const catalog = createCatalogHistory();
  const facts = [...all, ...said, ...more];
  for (const [offset, fact] of facts.entries()) catalog.add(fact, offset);
  const known = catalog.at(facts.length);
  const journal: JournalFact[] = [];
  const written: InvoiceFact[] = [];
  const bills = emptyBills();
  let step = -1;

  function decide(of: Bills, isHeld?: () => boolean): InvoiceFact[] {
    const due = dueDrafts(of, known, isHeld);
    const invoices = draftInvoices(of, known, due);
    const drafts = newDrafts(of, known, invoices, due).filter(
      (fact) => fact.kind === "InvoiceDrafted",
    );
    for (const fact of [...invoices, ...drafts]) evolveBills(of, fact);
    return [...invoices, ...drafts];
  }

  return {
    step(
      time: number,
      transactions: readonly Transaction[],
      isHeld?: () => boolean,
    ): InvoiceFinalized[] {
      step += 1;
      const own = stepOf(step, time, facts.length, transactions);
      journal.push(...own);
      for (const fact of own) evolveBills(bills, fact);
      const made = decide(bills, isHeld);
      written.push(...made);
      return made.filter((fact) => fact.kind === "InvoiceFinalized");
    },
    drafts: () => written.filter((fact) => fact.kind === "InvoiceDrafted"),
    finalize(invoice: string): InvoiceFinalized {
      const made = finalizedDraft(bills, { tenant: "default", invoice }, known);
      if (made?.kind !== "finalized") throw new Error("it is finalized");
      evolveBills(bills, made.invoice);
      return made.invoice;
    },
    /** What somebody decides who has read these facts, and then the journal from its beginning. */
    again(kept: readonly InvoiceFact[]): InvoiceFact[] {
      const start = emptyBills();
      for (const fact of kept) evolveBills(start, fact);
      return journal.flatMap((fact) => {
        evolveBills(start, fact);
        return fact.kind === "HeadSigned" ? decide(start) : [];
      });
    },
  };
}

function namesOf(invoices: readonly InvoiceFinalized[]): string[] {
  return invoices.map((invoice) => invoice.subscription);
}

function table(invoice: InvoiceFinalized | undefined): string {
  if (invoice === undefined) return "no invoice";
  const { number, customer: whose, period, currency, total, parts } = renderInvoice(invoice);
  return [
    `${number} ${whose} ${period.from} ${period.to} ${currency} ${total}`,
    ...parts.map(
      (part) =>
        `  ${part.subscription} ${part.plan} ${part.lines[0]} to ${part.lines.at(-1)}: ${part.amount}`,
    ),
  ].join("\n");
}
