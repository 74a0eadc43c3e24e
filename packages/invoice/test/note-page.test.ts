import { documentLanguages } from "@tallybook/catalog";
import type { CatalogFact } from "@tallybook/catalog";
import {
  evolveReceivables,
  makeNotePage,
  makePage,
  noReceivables,
  noteVerificationCode,
  plainText,
  receivableOf,
  renderNote,
  renderNoteCsv,
  renderPageHtml,
} from "@tallybook/invoice";
import type {
  InvoiceFinalized,
  InvoicePage,
  InvoicesFact,
  MadeAt,
  NoteIssued,
} from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { discount, fee, paper, usage } from "./paper.ts";
import { noteOn } from "./noted.ts";

const revised = (collection: string, id: string, body: object) =>
  ({
    kind: "ObjectRevised",
    tenant: "default",
    recorded_at: 0,
    actor: "k",
    effective_at: 0,
    collection,
    id,
    version: 1,
    archived: false,
    body,
  }) as CatalogFact;

/** Twenty and an image of four cents, with 19 % besides, by an entity with an address. */
function taxed(language = "en"): { invoice: InvoiceFinalized; madeAt: MadeAt } {
  const rate = { name: "VAT", jurisdiction: "DE", percent: "19", inclusive: false };
  return paper({
    lines: [fee("20"), usage("images", {}, "1", "0.04")],
    facts: [
      revised("entities", "gmbh", {
        name: "Tally GmbH",
        country: "DE",
        tax_id: "DE1",
        address: ["Weg 1", "1010 Wien"],
      }),
      revised("tax_rates", "vat", rate),
      revised("customers", "acme", {
        name: "Acme Corporation",
        country: "DE",
        entity: "gmbh",
        language,
      }),
    ],
  });
}

describe("the page of a note", () => {
  const { invoice, madeAt } = taxed();
  const note = noteOn(invoice, [[1, "500"]]);

  test("says on which invoice and lines it is, why, and what its taxes are", () => {
    expect(shown(makeNotePage({ note, invoice }, madeAt))).toBe(`
Tally GmbH / Weg 1 / 1010 Wien
Credit note CN-000001
Customer: Acme Corporation (acme)
To invoice: INV-000001, 2023-12-01
Subscription: acme:ai_developer
Period: 2023-11-01 to 2023-11-30, in UTC
Issued: 2023-12-02
Reason: down on the 14th
Seller's tax number: DE1
What is credited, in USD: Line, Description, Invoiced, Amount
1 Monthly fee 20.00 5.00
Net 5.00
VAT, DE, 19 %, on 5.00 0.95
Total credited 5.95
Taken off what was still to be paid 5.95
Note: n1
Invoice: ${invoice.invoice}
Journal: step 31, head ${"ab".repeat(32)}
Signature of the head: ${Buffer.from(madeAt.signature).toString("base64")}
Verification code: ${noteVerificationCode(note, invoice)}, checked by tally notes --verify ${noteVerificationCode(note, invoice)}`);
  });

  test("says that taxes stay where somebody has said so, and what became credit", () => {
    const paid = {
      kind: "PaymentRecorded",
      payment: "p1",
      tenant: "default",
      customer: "acme",
      currency: "USD",
      amount: invoice.total,
      settles: [{ invoice: invoice.invoice, number: invoice.number, amount: invoice.total }],
      credited: "0",
      recorded_at: invoice.finalized_at,
    } as unknown as InvoicesFact;
    const kept = noteOn(invoice, [[2, "4"]], { isTaxKept: true, before: [paid] });
    const page = shown(makeNotePage({ note: kept, invoice }, madeAt));
    expect(page).toContain("\nTaxes: stay as they are on the invoice\n");
    expect(page).toContain("\nTotal credited 0.04\nYour credit from now on 0.04\n");
    expect(renderNote(kept, invoice)).toMatchObject({ tax: "0", tax_kept: true, taxes: [] });
    expect(renderNote(note, invoice)).toMatchObject({
      amount: "595",
      tax: "95",
      tax_kept: false,
      taxes: [{ base: "5", base_amount: "500", amount: "95", lines: [1] }],
    });
  });

  test("of a debit note asks for more", () => {
    const debit = noteOn(invoice, [[1, "100"]], { direction: "debit" });
    const page = shown(makeNotePage({ note: debit, invoice }, madeAt));
    expect(page).toContain("\nDebit note DN-000001\n");
    expect(page).toContain("\nNet 1.00\nVAT, DE, 19 %, on 1.00 0.19\nTotal charged 1.19\n");
  });

  test("names the subscriptions of its lines, where the invoice is of several", () => {
    const { plan, plan_version, period_from, period_to } = invoice;
    const part = { plan, plan_version, period_from, period_to, lines: 1 };
    const parts = ["one", "two"].map((subscription) => ({ ...part, subscription }));
    const grouped = { ...invoice, parts };
    const own = { note: noteOn(grouped, [[2, "4"]]), invoice: grouped };
    expect(shown(makeNotePage(own, madeAt))).toContain("\nSubscription: two\n");
    expect(renderNoteCsv(own)).toContain(",two,");
    const all = { ...own, note: noteOn(grouped, null) };
    expect(shown(makeNotePage(all, madeAt))).toContain("\nSubscription: one, two\n");
  });

  test("is markup for nobody, and the same to the byte", () => {
    const hostile = { ...note, reason: '<script>alert("1")</script>\u202e' };
    const html = renderPageHtml(makeNotePage({ note: hostile, invoice }, madeAt));
    expect(html).not.toContain("<script>");
    expect(html).toContain("&#60;script&#62;");
    expect(renderPageHtml(makeNotePage({ note: hostile, invoice }, madeAt))).toBe(html);
    expect(html).toContain("<bdi>Weg 1</bdi><br /><bdi>1010 Wien</bdi>");
  });

  test.each(documentLanguages)("has all its words in %s", (language) => {
    const of = (to: string) => {
      const own = taxed(to);
      return textsOf(makeNotePage({ note, invoice: own.invoice }, own.madeAt));
    };
    const [texts, english] = [of(language), of("en")];
    expect(texts).toHaveLength(english.length);
    const shared = texts.filter((text) => english.includes(text) && /[a-z]{3}/i.test(text));
    const same: readonly string[] =
      { en: [], de: ["Journal"], fr: ["Journal", "Note"], es: ["Note"], ja: [] }[language] ?? [];
    if (language !== "en")
      expect(shared.filter((text) => !isName(text))).toEqual(
        same.filter((text) => shared.includes(text)),
      );
  });
});

describe("the table of a note", () => {
  test("has its lines by their numbers on the invoice, its taxes behind them, and adds up to it", () => {
    const { invoice } = taxed();
    const note = noteOn(invoice, null);
    const [head = "", ...rows] = renderNoteCsv({ note, invoice }).trimEnd().split("\r\n");
    const columns = head.split(",");
    const of = (row: string, column: string) => row.split(",")[columns.indexOf(column)];
    expect(rows.map((row) => [of(row, "line"), of(row, "kind")])).toEqual([
      ["1", "fee"],
      ["2", "usage"],
      ["3", "tax"],
    ]);
    const amounts = [...`${rows.join("\n")}\n`.matchAll(/,(-?\d+\.\d\d),USD,/g)].map(([, cents]) =>
      Number(cents?.replace(".", "")),
    );
    expect(amounts).toEqual([2000, 4, 381]);
    expect(note.amount).toBe("2385");
  });

  test("keeps formulas from running", () => {
    const { invoice } = paper({ lines: [fee("20"), discount("-4")] });
    const note = { ...noteOn(invoice, [[1, "500"]]), reason: "=1+2" };
    expect(renderNoteCsv({ note, invoice })).toContain("'=1+2");
  });
});

describe("the page of an invoice as known at an offset", () => {
  const { invoice, madeAt } = taxed();
  const note: NoteIssued = noteOn(invoice, [[1, "500"]]);
  const credit = (amount: string) =>
    ({
      kind: "CreditApplied",
      application: "a1",
      tenant: "default",
      customer: "acme",
      currency: "USD",
      amount,
      settles: [{ invoice: invoice.invoice, number: invoice.number, amount }],
      applied_at: note.issued_at,
    }) as unknown as InvoicesFact;

  test("says what was credited and what is still to be paid, by the facts below it", () => {
    const known = noReceivables();
    const facts: InvoicesFact[] = [invoice, note, credit("300")];
    for (const [at, fact] of facts.entries()) evolveReceivables(known, fact, 10 + 2 * at);
    const { events = [] } = receivableOf(known, "default", invoice.invoice) ?? {};
    const at = (offset: number) => {
      const text = shown(makePage(invoice, madeAt, { offset, events }));
      return text.slice(text.indexOf("\nTotal"), text.indexOf("\nInvoice:"));
    };
    expect(at(12)).toBe("\nTotal 23.85\nStill to be paid 23.85");
    expect(at(13)).toBe(
      "\nTotal 23.85\nCredit note, 2023-12-02 (CN-000001) -5.95\nStill to be paid 17.90",
    );
    expect(at(15)).toBe(
      "\nTotal 23.85\nCredit note, 2023-12-02 (CN-000001) -5.95\nYour credit, applied, 2023-12-02 (a1) -3.00\nStill to be paid 14.90",
    );
    const page = shown(makePage(invoice, madeAt, { offset: 13, events }));
    expect(page).toContain("\nPayments as known at: invoices<13\n");
    expect(shown(makePage(invoice, madeAt))).not.toContain("Still to be paid");
  });
});

/** In the order of the page, each on a line of its own. */
function shown(page: InvoicePage): string {
  const { seller, address, heading, details, table, evidence } = page;
  const detail = (all: InvoicePage["details"]) =>
    all.map(({ term, text }) => `${term}: ${plainText(text)}`);
  const rows = table.groups.flat().map((row) => {
    if (row.of === "heading") return row.title;
    const number = row.of === "line" ? `${row.number} ` : "";
    const what = typeof row.what === "string" ? row.what : plainText(row.what);
    return `${number}${what} ${row.exact}${row.of === "part" ? "" : ` ${row.amount}`}`;
  });
  return [
    "",
    [seller, ...address].join(" / "),
    heading,
    ...detail(details),
    `${table.caption}: ${table.columns.map(({ title }) => title).join(", ")}`,
    ...rows,
    ...table.totals.map(({ what, amount }) => `${plainText(what)} ${amount}`),
    ...detail(evidence.details),
  ].join("\n");
}

function textsOf({ heading, details, table, evidence }: InvoicePage): string[] {
  return [
    heading,
    table.caption,
    ...table.columns.map(({ title }) => title),
    ...[...details, ...evidence.details].flatMap(({ term, text }) => [term, plainText(text)]),
    ...table.totals.map(({ what }) => plainText(what)),
    evidence.heading,
  ];
}

function isName(text: string): boolean {
  return /^(acme:ai_developer|down on the 14th|n1|DE1|[0-9a-f]{64}|[A-Za-z0-9+/]{86}==|Acme Corporation \(acme\))$/.test(
    text,
  );
}
