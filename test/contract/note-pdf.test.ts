import { documentLanguages } from "@tallybook/catalog";
import {
  makeNotePage,
  makePage,
  noteVerificationCode,
  renderNote,
  renderNoteCsv,
} from "@tallybook/invoice";
import { decimal } from "@tallybook/money";
import { renderInvoicePdf } from "@tallybook/pdf";
import { afterAll, beforeAll, expect, test } from "vitest";

import { catalogOfInvoices, madeUpInvoice } from "./support/made-up-invoices.ts";
import { noteOn } from "./support/noted.ts";
import {
  cellsOf,
  countOf,
  inWords,
  majorText,
  openReader,
  settingsSaid,
  sha256,
  squeezed,
  taxedInvoice,
} from "./support/printed.ts";
import type { Reader } from "./support/printed.ts";

let reader: Reader;

beforeAll(async () => {
  reader = await openReader();
}, 300_000);

afterAll(() => reader.close());

test.each(documentLanguages)(
  "each description and amount of a note, its taxes and its total are on its PDF in %s",
  async (language) => {
    const invoice = taxedInvoice();
    const settings = settingsSaid({ language });
    const catalog = catalogOfInvoices({ customer: "שלום עולם 株式会社" }, [settings]);
    const madeAt = { catalog, cut: 721, signature: new Uint8Array(64) };
    const lines = invoice.lines.flatMap(({ amount }, at) =>
      Number(amount) < 2 ? [] : [[at + 1, half(amount)] as const],
    );
    for (const [direction, of] of [
      ["credit", null],
      ["credit", lines],
      ["debit", lines],
    ] as const) {
      const note = noteOn(invoice, of, direction);
      const page = makeNotePage({ note, invoice }, madeAt);
      const bytes = await renderInvoicePdf(page);
      expect(sha256(await renderInvoicePdf(page))).toBe(sha256(bytes));
      const read = await reader.textOf(bytes);
      const document = renderNote(note, invoice);
      const major = (minor: string) => inWords(language, majorText(minor));
      const wanted = [
        ...document.lines.flatMap(({ description, amount }) => [
          ...description.split(", "),
          major(amount),
        ]),
        ...document.taxes.flatMap((tax) => [tax.name, major(tax.base_amount), major(tax.amount)]),
        document.number,
        document.invoice_number,
        document.reason,
        major(document.amount),
        noteVerificationCode(note, invoice),
      ];
      expect(wanted.filter((each) => !read.includes(squeezed(each)))).toEqual([]);
      // Words from right to left come back one by one.
      const missing = cellsOf(page).filter((cell) => !read.includes(squeezed(cell)));
      expect(missing.filter((cell) => !cell.includes("שלום"))).toEqual([]);
      // The sum of what it says is what it comes to.
      const rows = renderNoteCsv({ note, invoice }).trimEnd().split("\r\n").slice(1);
      const cents = rows.map((row) =>
        Number(/,(-?\d+\.\d\d),USD,/.exec(row)?.[1]?.replace(".", "")),
      );
      expect(cents.reduce((all, each) => all + each, 0)).toBe(Number(note.amount));
    }
  },
);

test("what has become of an invoice is on its PDF as it is on its page, over as many pages as it takes", async () => {
  const invoice = madeUpInvoice(1);
  const events = Array.from({ length: 120 }, (_, at) => ({
    what: "payment" as const,
    at: invoice.finalized_at,
    reference: `bank-${at}`,
    change: decimal("-1"),
    offset: at,
  }));
  const madeAt = { catalog: catalogOfInvoices(), cut: 721, signature: new Uint8Array(64) };
  const page = makePage(invoice, madeAt, { offset: 120, events });
  const bytes = await renderInvoicePdf(page);
  const read = await reader.textOf(bytes);
  expect(cellsOf(page).filter((cell) => !read.includes(squeezed(cell)))).toEqual([]);
  expect(countOf(read, "bank-119)")).toBe(1);
  const { pages } = await reader.tools.info(reader.written(bytes));
  for (let nth = 1; nth <= pages; nth += 1) {
    const text = await reader.tools.text(reader.written(bytes), nth);
    expect(text).toContain(`${nth} / ${pages}`);
    // Each page that has some begins with the names of the columns.
    if (text.includes("(bank-"))
      expect(squeezed(text)).toContain("DescriptionQuantityExactamountAmount");
  }
});

/** In whole cents. */
function half(amount: string): string {
  return String(Math.floor(Number(amount) / 2));
}
