import { createCatalogHistory, unrated } from "@tallybook/journal";
import type { JournalFact, Transaction } from "@tallybook/journal";
import { draftInvoices, emptyBills, evolveBills, renderInvoice } from "@tallybook/invoice";
import type { Bills, InvoiceFinalized } from "@tallybook/invoice";
import type { Price } from "@tallybook/catalog";
import { add, decimal, negate, sum, toText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const monthMicros = { nov: time("2023-11-01"), dec: time("2023-12-01"), jan: time("2024-01-01") };

describe("an invoice", () => {
  test("holds the fee, then the charges in the order of the plan, its cents spread once", () => {
    const books = open();
    const [invoice] = books.step([
      usage("s1", "nov", "input", [
        [{ model: "conv" }, "200000", "0.104999"],
        [{ model: "code" }, "100", "0.001"],
      ]),
      usage("s1", "nov", "images", [[{}, "3", "0.12"]]),
      fee("s1", "nov", "20"),
    ]);
    expect(`\n${table(invoice)}\n`).toBe(`
INV-000001 cust s1 2023-11-01T00:00:00Z 2023-12-01T00:00:00Z USD 2023
  -                   1   2000  Monthly fee
  images              3     12  Images
  input             100      0  input, model code
  input          200000     11  input, model conv
`);
    expect(invoice).toMatchObject({ exact: "20.225999", rounding: "0.004001", total: "2023" });
  });

  test("is not made for a period in which nothing was owed and nothing used", () => {
    const books = open();
    expect(books.step([usage("s1", "nov", "input", [])])).toEqual([]);
  });

  test("numbers follow each other without a gap, by customer and subscription", () => {
    const books = open();
    const first = books.step([fee("s2", "nov", "1"), fee("s1", "nov", "1")]);
    const second = books.step([fee("s1", "dec", "1")]);
    expect(
      [...first, ...second].map(({ number, subscription }) => `${number} ${subscription}`),
    ).toEqual(["INV-000001 s1", "INV-000002 s2", "INV-000003 s1"]);
  });
});

describe("an adjustment", () => {
  test("waits for the next invoice of its subscription, and names its period", () => {
    const books = open();
    books.step([fee("s1", "nov", "20")]);
    expect(
      books.step([adjustment("s1", "nov", "input", [[{ model: "code" }, "5", "0.30"]])]),
    ).toEqual([]);
    const [invoice] = books.step([fee("s1", "dec", "20")]);
    expect(`\n${table(invoice)}\n`).toBe(`
INV-000002 cust s1 2023-12-01T00:00:00Z 2024-01-01T00:00:00Z USD 2030
  -                   1   2000  Monthly fee
  input               5     30  Late usage of 2023-11-01 to 2023-12-01: input, model code
`);
  });

  test("is billed with the next month also when nothing was used in it", () => {
    const books = open();
    books.step([usage("s1", "nov", "input", [[{}, "5", "0.30"]])]);
    expect(books.step([adjustment("s1", "nov", "input", [[{}, "1", "0.06"]])])).toEqual([]);
    const [invoice] = books.step([usage("s1", "dec", "input", [])]);
    expect(`\n${table(invoice)}\n`).toBe(`
INV-000002 cust s1 2023-12-01T00:00:00Z 2024-01-01T00:00:00Z USD 6
  input               1      6  Late usage of 2023-11-01 to 2023-12-01: input
`);
    expect(books.step([adjustment("s1", "nov", "input", [[{}, "1", "0.06"]])])).toEqual([]);
  });

  test("of a subscription that is over gets an invoice of its own, a credit too", () => {
    const books = open();
    books.tell(ended("s1", monthMicros.dec));
    books.step([fee("s1", "nov", "20")]);
    const [first] = books.step([adjustment("s1", "nov", "input", [[{}, "5", "-0.30"]])]);
    const [second] = books.step([adjustment("s1", "nov", "input", [[{}, "5", "0.10"]])]);
    expect([first?.total, second?.total]).toEqual(["-30", "10"]);
    expect(first?.invoice).not.toBe(second?.invoice);
  });
});

describe("after an interruption", () => {
  test("what is invoiced is not invoiced again, and what is missing is made as it would have been", () => {
    const whole = open();
    const made = [
      ...whole.step([fee("s1", "nov", "20"), fee("s2", "nov", "7")]),
      ...whole.step([adjustment("s1", "nov", "input", [[{}, "5", "0.30"]])]),
      ...whole.step([fee("s1", "dec", "20")]),
    ];
    for (let kept = 0; kept <= made.length; kept += 1) {
      const bills = made.slice(0, kept).reduce<Bills>(evolveBills, emptyBills());
      expect(decideAll(whole.journal, bills)).toEqual(made.slice(kept));
    }
  });
});

describe("whatever the charges", () => {
  const cents = fc
    .tuple(fc.integer({ min: -9_000_000, max: 9_000_000 }), fc.nat(999_999))
    .map(([whole, part]) => toText(decimal(`${whole}.${part}`)));

  test("lines sum to the total, and exact lines with the rounding too, within half a cent", () => {
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1, maxLength: 40 }), (amounts) => {
        const books = open();
        const [invoice] = books.step(
          amounts.map((amount, index) => usage("s1", "nov", `m${index}`, [[{}, "1", amount]])),
        );
        if (invoice === undefined) throw new Error("an invoice");
        expect(toText(sum(invoice.lines.map(({ amount }) => decimal(amount))))).toBe(invoice.total);
        expect(toText(add(decimal(invoice.exact), decimal(invoice.rounding)))).toBe(
          toText(decimal(`${Number(invoice.total) / 100}`)),
        );
        expect(Math.abs(Number(invoice.rounding))).toBeLessThanOrEqual(0.005);
      }),
    );
  });

  test("the document is the same to the byte, whatever the cuts were", () => {
    const late = open(7);
    const charges = [
      fee("s1", "nov", "20"),
      usage("s1", "nov", "input", [[{ b: "2", a: "1" }, "5", "0.30"]]),
    ];
    const [one, other] = [open().step(charges)[0], late.step(charges)[0]];
    if (one === undefined || other === undefined) throw new Error("two invoices");
    expect(JSON.stringify(renderInvoice(one))).toBe(JSON.stringify(renderInvoice(other)));
  });
});

interface Books {
  readonly journal: JournalFact[];
  tell(fact: Parameters<ReturnType<typeof createCatalogHistory>["add"]>[0]): void;
  step(transactions: readonly Transaction[]): InvoiceFinalized[];
}

const history = newHistory();

function open(firstCut = 0): Books {
  const journal: JournalFact[] = [];
  const catalog = newHistory();
  let bills = emptyBills();
  let told = 100;
  let step = -1;
  return {
    journal,
    tell(fact) {
      catalog.add(fact, told++);
    },
    step(transactions) {
      step += 1;
      const facts = stepFacts(step, firstCut + step, transactions);
      journal.push(...facts);
      bills = facts.reduce<Bills>(evolveBills, bills);
      const invoices = draftInvoices(bills, catalog.at(told));
      bills = invoices.reduce<Bills>(evolveBills, bills);
      return invoices;
    },
  };
}

function decideAll(journal: readonly JournalFact[], start: Bills): InvoiceFinalized[] {
  let bills = start;
  const made: InvoiceFinalized[] = [];
  for (const fact of journal) {
    bills = evolveBills(bills, fact);
    if (fact.kind !== "HeadSigned") continue;
    const missing = draftInvoices(bills, history.at(100));
    bills = missing.reduce<Bills>(evolveBills, bills);
    made.push(...missing);
  }
  return made;
}

function stepFacts(step: number, cut: number, transactions: readonly Transaction[]): JournalFact[] {
  const none = new Uint8Array(32);
  return [
    {
      kind: "StepBegun",
      step,
      cut,
      time: monthMicros.jan,
      catalog_offset: 100,
      invoices_offset: 0,
    },
    ...transactions.map((transaction, index) => ({
      kind: "TransactionPosted" as const,
      ...transaction,
      id: `${transaction.id} ${step}`,
      revision: cut,
      seq: index,
      previous: none,
      hash: none,
      step,
    })),
    {
      kind: "HeadSigned",
      step,
      cut,
      cut_root: none,
      seq: 0,
      hash: none,
      invoices_offset: 0,
      signature: none,
    },
  ];
}

function newHistory() {
  const prices = [
    { ...priceOf("monthly", null), description: "Monthly fee" },
    { ...priceOf("images", "images"), description: "Images" },
    priceOf("input", "input"),
  ];
  const made = createCatalogHistory();
  const common = { tenant: "default", recorded_at: 0, actor: "system", effective_at: 0 };
  made.add(
    {
      kind: "PlanPublished",
      ...common,
      plan: "dev",
      version: 1,
      name: "dev",
      currency: "USD",
      prices,
    },
    0,
  );
  for (const [offset, subscription] of ["s1", "s2"].entries()) {
    const start = monthMicros.nov;
    made.add(
      {
        kind: "SubscriptionStarted",
        ...common,
        subscription,
        customer: "cust",
        plan: "dev",
        start,
        end: null,
        calendar: {
          time_zone: "UTC",
          every: 1,
          unit: "month",
          anchor: { kind: "calendar", weekday: null, day: null, month: null },
        },
        proration: "by_second",
      },
      offset + 1,
    );
  }
  return made;
}

function ended(subscription: string, end: number) {
  return {
    kind: "SubscriptionEnded",
    tenant: "default",
    recorded_at: 0,
    actor: "system",
    effective_at: 0,
    subscription,
    end,
  } as const;
}

function priceOf(name: string, meter: string | null): Price {
  const charge: Price["charge"] =
    meter === null
      ? { model: "flat", amount: "0", payment_term: "in_arrears" }
      : { model: "per_unit", unit_amount: "0", per: "1" };
  return { price: name, meter, charge, description: "" };
}

type ShareOf = readonly [dimensions: Record<string, string>, quantity: string, amount: string];

function fee(subscription: string, month: "nov" | "dec", amount: string): Transaction {
  return charge("fee", subscription, month, { price: "monthly", meter: null }, [[{}, "1", amount]]);
}

function usage(
  subscription: string,
  month: "nov" | "dec",
  meter: string,
  shares: readonly ShareOf[],
): Transaction {
  return charge("usage", subscription, month, { price: meter, meter }, shares);
}

function adjustment(
  subscription: string,
  month: "nov" | "dec",
  meter: string,
  shares: readonly ShareOf[],
): Transaction {
  return charge("adjustment", subscription, month, { price: meter, meter }, shares);
}

function charge(
  kind: Transaction["transaction_kind"],
  subscription: string,
  month: "nov" | "dec",
  of: { price: string; meter: string | null },
  shares: readonly ShareOf[],
): Transaction {
  const posted = toText(sum(shares.map(([, , amount]) => decimal(amount))));
  return {
    id: `${kind} ${subscription} ${month} ${of.price}`,
    tenant: "default",
    transaction_kind: kind,
    cause: `${subscription} ${month} ${of.price}`,
    revision: 0,
    date: 0,
    currency: "USD",
    postings: [
      { account: "assets:receivable:cust", amount: posted },
      { account: "income:usage:dev", amount: toText(negate(decimal(posted))) },
    ],
    adjusts: null,
    evidence: {
      ...unrated,
      cut: 0,
      catalog_offset: 100,
      customer: "cust",
      subscription,
      contract: null,
      contract_version: null,
      plan: "dev",
      plan_version: 1,
      ...of,
      period_from: monthMicros[month],
      period_to: month === "nov" ? monthMicros.dec : monthMicros.jan,
      quantity: "0",
      amount: posted,
      shares: shares.map(([dimensions, quantity, amount]) => ({ dimensions, quantity, amount })),
    },
  };
}

function table(invoice: InvoiceFinalized | undefined): string {
  if (invoice === undefined) return "no invoice";
  const { number, customer, subscription, period, currency, total, lines } = renderInvoice(invoice);
  return [
    `${number} ${customer} ${subscription} ${period.from} ${period.to} ${currency} ${total}`,
    ...lines.map(
      ({ meter, quantity, amount, description }) =>
        `  ${(meter ?? "-").padEnd(12)}${quantity.padStart(9)}${amount.padStart(7)}  ${description}`,
    ),
  ].join("\n");
}

function time(day: string): number {
  return parseTime(`${day}T00:00:00Z`) ?? 0;
}
