import { type Random, random } from "@tallybook/cli";
import { documentLanguages } from "@tallybook/catalog";
import type { InvoicePage, Phrase, Row } from "@tallybook/invoice";
import {
  makePage,
  plainText,
  renderInvoice,
  renderInvoiceCsv,
  renderInvoiceHtml,
  verificationCode,
} from "@tallybook/invoice";
import { renderInvoicePdf } from "@tallybook/pdf";
import { afterAll, beforeAll, expect, test } from "vitest";

import { catalogOfInvoices, madeUpInvoice } from "./support/made-up-invoices.ts";
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

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "what stands on the invoice can be read from its PDF, and is on each of its pages once (seed %i)",
  async (seed) => {
    const page = madeUpPage(seed);
    const bytes = await renderInvoicePdf(page);
    expect(sha256(await renderInvoicePdf(page))).toBe(sha256(bytes));
    const read = await reader.textOf(bytes);
    const missing = cellsOf(page).filter((cell) => !read.includes(squeezed(cell)));
    expect(missing).toEqual([]);
    // Every number of a line stands once for each line that has it, and not twice where a page ends.
    for (const row of linesOf(page))
      expect(countOf(read, squeezed(textOfLine(row)))).toBe(
        linesOf(page).filter((other) => textOfLine(other) === textOfLine(row)).length,
      );
  },
);

test("a long invoice has the names of its columns and a number on each page", async () => {
  const bytes = await renderInvoicePdf(madeUpPage(3, 300));
  const { pages } = await reader.tools.info(reader.written(bytes));
  expect(pages).toBeGreaterThan(4);
  for (let page = 1; page <= pages; page += 1) {
    const read = await reader.tools.text(reader.written(bytes), page);
    expect(read).toContain(`${page} / ${pages}`);
    if (page < pages) expect(squeezed(read)).toContain("DescriptionQuantityExactamountAmount");
  }
});

test("its title is the invoice's, and its time the invoice's own", async () => {
  const info = await reader.tools.info(reader.written(await renderInvoicePdf(madeUpPage(1))));
  expect(info).toMatchObject({
    title: "Invoice INV-000001, Acme",
    created: "2023-12-01T01:00:00Z",
  });
});

test.each(documentLanguages)(
  "each description, quantity and amount of an invoice is on its PDF in %s",
  async (language) => {
    const settings = settingsSaid({ language });
    const catalog = catalogOfInvoices({ customer: "株式会社テスト" }, [settings]);
    const invoice = madeUpInvoice(1);
    const page = makePage(invoice, { catalog, cut: 721, signature: new Uint8Array(64) });
    const bytes = await renderInvoicePdf(page);
    expect(sha256(await renderInvoicePdf(page))).toBe(sha256(bytes));
    const read = await reader.textOf(bytes);
    const document = renderInvoice(invoice);
    const major = (minor: string) => inWords(language, majorText(minor));
    const wanted = document.lines.flatMap(({ description, quantity, exact, amount }) => [
      ...description.split(", "),
      inWords(language, quantity),
      inWords(language, exact),
      major(amount),
    ]);
    const all = [...wanted, major(document.total), verificationCode(invoice), "株式会社テスト"];
    expect(all.filter((each) => !read.includes(squeezed(each)))).toEqual([]);
    expect(cellsOf(page).filter((cell) => !read.includes(squeezed(cell)))).toEqual([]);
    expect(read).not.toContain("U+");
  },
);

test("words from right to left have their letters in their order, beside others of their kind and what is not", async () => {
  for (const [customer, seller] of [
    ["חברת הבינה בע״מ", "Example AI"],
    ["شركة", "Example AI"],
    ["חברת הבינה", "שלום מערכות"],
  ] as const) {
    const catalog = catalogOfInvoices({ customer });
    const page = makePage(madeUpInvoice(1), { catalog, cut: 721, signature: new Uint8Array(64) });
    const read = await reader.tools.text(
      reader.written(await renderInvoicePdf({ ...page, seller })),
    );
    // As a reader has it who turns what stands from right to left, word by word.
    const words = read.replace(/\p{Bidi_Control}/gu, "").split(/\s+/);
    const wanted = [...customer.split(" "), ...seller.split(" "), "(c-1)"];
    expect(wanted.filter((word) => !words.includes(word))).toEqual([]);
  }
});

test("signs that no font has are named", async () => {
  const catalog = catalogOfInvoices({ customer: "한국 🦄 Acme" }, [
    settingsSaid({ language: "de" }),
  ]);
  const page = makePage(madeUpInvoice(1), { catalog, cut: 721, signature: new Uint8Array(64) });
  const read = await reader.textOf(await renderInvoicePdf(page));
  expect(read).toContain(
    squeezed("Zeichen, für die dieses Dokument keine Schrift hat: U+1F984, U+AD6D, U+D55C."),
  );
});

test("the taxes of an invoice are the same on its page, on its PDF, in its table and as JSON", async () => {
  const invoice = taxedInvoice();
  const madeAt = { catalog: catalogOfInvoices(), cut: 721, signature: new Uint8Array(64) };
  const { lines, taxes, tax, total } = renderInvoice(invoice);
  const cents = (all: readonly { readonly amount: string }[]) =>
    all.reduce((sum, { amount }) => sum + Number(amount), 0);
  expect([cents(lines), cents(taxes)]).toEqual([Number(total), Number(tax)]);
  expect(taxes.map(({ inclusive }) => inclusive)).toEqual([false, true]);

  const major = majorText;
  const wanted = [
    `Net ${major(String(Number(total) - Number(tax)))}`,
    ...taxes.map(({ name, jurisdiction, percent, base_amount, amount, inclusive }) => {
      const held = inclusive ? ", which the prices hold" : "";
      return `${name}, ${jurisdiction}, ${percent} %, on ${major(base_amount)}${held} ${major(amount)}`;
    }),
    `Total USD ${major(total)}`,
    "ATU12345678",
    "DE987",
    "vat@2",
    "city@1",
  ].map(squeezed);
  const html = squeezed(renderInvoiceHtml(invoice, madeAt).replace(/<[^>]*>/g, ""));
  expect(wanted.filter((each) => !html.includes(each))).toEqual([]);
  const pdf = await reader.textOf(await renderInvoicePdf(makePage(invoice, madeAt)));
  expect(wanted.filter((each) => !pdf.includes(each))).toEqual([]);

  const rows = renderInvoiceCsv(invoice).trimEnd().split("\r\n").slice(1);
  const amounts = rows.map((row) => /,(-?\d+\.\d\d),USD,/.exec(row)?.[1]);
  expect(amounts).toEqual(lines.map(({ amount }) => major(amount)));
  expect(rows.map((row) => row.includes(",tax,"))).toEqual(lines.map(({ is_tax }) => is_tax));
  expect(rows.at(-1)).toContain('"VAT, DE, 19 %"');
});

const names = [
  "Acme Corporation",
  "Ærøskøbing Å/S",
  "Ωμέγα",
  "Привет",
  "line\nbreak",
  '<b>&"quoted"</b>',
  "=1+2",
  "turned \u202Etxet",
  "a-very-long-name-without-any-place-to-break-it-that-goes-on-and-on-for-more-than-one-line-of-its-column",
];

/** Lines of several kinds with numbers of up to thirty digits. */
function madeUpPage(seed: number, lines = 3 + seed * 9): InvoicePage {
  const draw = random(seed);
  const some = () => names[draw.below(names.length)] ?? "";
  const groups: Row[][] = [];
  for (let number = 1; number <= lines;) {
    const rows: Row[] = [{ of: "heading", title: `Meter ${some()}`, terms: `Terms of ${some()}` }];
    for (let left = 1 + draw.below(6); left > 0 && number <= lines; left -= 1, number += 1) {
      const what: Phrase = ["model ", { of: "name", text: some() }];
      rows.push({ of: "line", number, what, ...numbers(draw) });
    }
    rows.push({ of: "subtotal", what: "Together", ...numbers(draw) });
    const { quantity, exact } = numbers(draw);
    rows.push({ of: "part", what: `up to ${quantity}: ${some()}`, quantity, exact });
    groups.push(rows);
  }
  return {
    language: "en",
    title: "Invoice INV-000001, Acme",
    made: "2023-12-01T01:00:00Z",
    seller: some(),
    address: [some(), some()],
    heading: "Invoice INV-000001",
    details: [
      {
        term: "Customer",
        text: [{ of: "name", text: some() }, " (", { of: "name", text: "c" }, ")"],
      },
      { term: "Issued", text: [{ of: "time", text: "2023-12-01", at: "2023-12-01T01:00:00Z" }] },
    ],
    table: {
      caption: "What is charged, in USD",
      thousands: ",",
      columns: [
        { of: "line", title: "Line" },
        { of: "description", title: "Description" },
        { of: "quantity", title: "Quantity" },
        { of: "exact", title: "Exact amount" },
        { of: "amount", title: "Amount" },
      ],
      groups,
      totals: [
        {
          of: "sum",
          in: "exact",
          what: ["Sum of the lines"],
          currency: "USD",
          amount: numbers(draw).exact,
        },
        {
          of: "total",
          in: "amount",
          what: ["Total"],
          currency: "USD",
          amount: numbers(draw).amount,
        },
      ],
    },
    evidence: {
      heading: "Evidence",
      intro: ["Each line can be recomputed: ", { of: "code", text: "tally replay" }, "."],
      details: [{ term: "Journal", text: [{ of: "code", text: "ab".repeat(32) }] }],
    },
  };
}

function numbers(draw: Random): { quantity: string; exact: string; amount: string } {
  const digits = (count: number) => Array.from({ length: count }, () => draw.below(10)).join("");
  const grouped = (text: string) => text.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return {
    quantity: `1${grouped(digits(2 + draw.below(16)))}`,
    exact: `${draw.below(2) === 0 ? "-" : ""}1${digits(3)}.${digits(1 + draw.below(24))}`,
    amount: `2${digits(4)}.${digits(2)}`,
  };
}

type Line = Extract<Row, { of: "line" }>;

function linesOf({ table }: InvoicePage): Line[] {
  return table.groups.flat().filter((row): row is Line => row.of === "line");
}

function textOfLine({ number, what, quantity, exact, amount }: Line): string {
  return [String(number), plainText(what), quantity, exact, amount].join("");
}
