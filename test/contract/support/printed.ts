import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type { CatalogFact } from "@tallybook/catalog";
import { plainText, roundLines, taxesOfLines, wordsIn } from "@tallybook/invoice";
import type { InvoiceFinalized, InvoicePage, TaxBasis, TaxOn } from "@tallybook/invoice";

import { poppler } from "../../e2e/support/poppler.ts";
import type { Poppler } from "../../e2e/support/poppler.ts";
import { madeUpInvoice } from "./made-up-invoices.ts";

/** Somebody else's reader of PDF, and a folder for what it reads. */
export interface Reader {
  readonly tools: Poppler;
  /** A file with the bytes. */
  written(bytes: Buffer): string;
  /** All of its text, without blanks. */
  textOf(bytes: Buffer): Promise<string>;
  close(): void;
}

export async function openReader(): Promise<Reader> {
  const folder = mkdtempSync(path.join(tmpdir(), "tally-pdf-"));
  const tools = await poppler();
  function written(bytes: Buffer): string {
    const file = path.join(folder, `${sha256(bytes)}.pdf`);
    writeFileSync(file, bytes);
    return file;
  }
  return {
    tools,
    written,
    textOf: async (bytes) => squeezed(await tools.text(written(bytes))),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Minor units of dollars as major ones. */
export function majorText(minor: string): string {
  return minor.padStart(3, "0").replace(/(\d\d)$/, ".$1");
}

/** A number as a language writes it. */
export function inWords(language: string, number: string): string {
  const { thousands, point } = wordsIn(language);
  const [whole = "", decimals] = number.split(".");
  const apart = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands);
  return decimals === undefined ? apart : `${apart}${point}${decimals}`;
}

/** With 19 % on all lines, and 1.5 % that the prices of all but the first hold. */
export function taxedInvoice(): InvoiceFinalized {
  const { lines, currency, ...made } = madeUpInvoice(1);
  const vat: TaxOn = {
    treatment: "taxed",
    tax_rate: "vat",
    tax_rate_version: 2,
    name: "VAT",
    jurisdiction: "DE",
    percent: "19",
    inclusive: false,
    reason: "",
  };
  const city: TaxOn = {
    ...vat,
    tax_rate: "city",
    tax_rate_version: 1,
    name: "City tax",
    jurisdiction: "BER",
    percent: "1.5",
    inclusive: true,
  };
  const on = lines.map((_, at) => (at === 0 ? [vat] : [vat, city]));
  const taxes = taxesOfLines(lines, on, currency);
  const tax_basis: TaxBasis = {
    catalog_offset: 3,
    told_at: made.finalized_at,
    source: "rates",
    entity: null,
    entity_version: null,
    owner_tax_id: "ATU12345678",
    country: "DE",
    region: null,
    status: "taxable",
    customer_tax_id: "DE987",
    reference: null,
    calculation: null,
  };
  return { ...made, currency, ...roundLines({ lines, currency, taxes }), taxes, tax_basis };
}

/** What a tenant says of its documents. */
export function settingsSaid(body: Record<string, string>): CatalogFact {
  return {
    kind: "ObjectRevised",
    tenant: "default",
    recorded_at: 0,
    actor: "k",
    effective_at: 0,
    collection: "document_settings",
    id: "invoices",
    version: 1,
    archived: false,
    body,
  };
}

/** Everything that stands on a page. */
export function cellsOf({
  seller,
  address,
  heading,
  details,
  table,
  evidence,
}: InvoicePage): string[] {
  const rows = table.groups.flat().flatMap((row) => {
    if (row.of === "heading") return [plainText([row.title]), plainText([row.terms])];
    const what = plainText(typeof row.what === "string" ? [row.what] : row.what);
    return [what, row.quantity, row.exact, ...(row.of === "part" ? [] : [row.amount])];
  });
  return [
    ...[seller, ...address].map((line) => plainText([line])),
    heading,
    table.caption,
    ...[...details, ...evidence.details].flatMap(({ term, text }) => [term, plainText(text)]),
    ...rows,
    ...table.totals.flatMap(({ what, amount }) => [plainText(what), amount]),
    plainText(evidence.intro),
  ];
}

/** Where a line of a text ends is for the paper: only its signs count. */
export function squeezed(text: string): string {
  return text.replace(/\s+/g, "");
}

export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
