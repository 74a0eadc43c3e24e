import { decimal, sub, toText } from "@tallybook/money";
import type { DecimalText } from "@tallybook/money";

import type { InvoiceFact } from "../facts.ts";
import { baseAmount, wholeTax } from "../tax/amounts.ts";
import type { InvoiceTax } from "../tax/facts.ts";
import type { Words } from "../words/words.ts";
import type { Detail, TotalRow } from "./invoice-page.ts";
import { grouped, money } from "./numbers.ts";
import { code, name } from "./phrase.ts";
import type { Phrase } from "./phrase.ts";

/** What is asked for without taxes, and each tax with what it is on, or why there is none; nothing where nothing was said of taxes. */
export function taxRows(
  invoice: {
    readonly taxes: readonly InvoiceTax[];
    readonly lines: readonly { readonly amount: DecimalText }[];
    readonly currency: string;
    readonly total: DecimalText;
  },
  words: Words,
): TotalRow[] {
  const { taxes, currency, total } = invoice;
  if (taxes.length === 0) return [];
  const net = toText(sub(decimal(total), decimal(wholeTax(taxes))));
  return [
    sumRow(words.tax.net, net, currency, words),
    ...taxes.map((tax): TotalRow => {
      const base = money(baseAmount(tax, invoice), currency, words);
      const what = words.tax.on(spokenTax(tax, words), base, tax.inclusive);
      return sumRow(what, tax.amount, currency, words);
    }),
  ];
}

/** Of cents, below those of the lines. */
export function sumRow(
  what: string | Phrase,
  amount: DecimalText,
  currency: string,
  words: Words,
): TotalRow {
  const phrase = typeof what === "string" ? [what] : what;
  return {
    of: "sum",
    in: "amount",
    what: phrase,
    currency,
    amount: money(amount, currency, words),
  };
}

/** The tax numbers of who owes the tax, and of the customer, where they are known. */
export function taxNumbers(invoice: InvoiceFact, words: Words): Detail[] {
  const basis = invoice.kind === "InvoiceFinalized" ? invoice.tax_basis : null;
  const numbers = [
    [words.tax.sellersNumber, basis?.owner_tax_id],
    [words.tax.customersNumber, basis?.customer_tax_id],
  ] as const;
  return numbers.flatMap(([term, number]) =>
    number === null || number === undefined ? [] : [{ term, text: [name(number)] }],
  );
}

/** By what its taxes were told: place, status, rates with their versions, and where the catalog was. */
export function taxEvidence(invoice: InvoiceFact, words: Words): Detail[] {
  if (invoice.kind !== "InvoiceFinalized" || invoice.tax_basis === null) return [];
  const { country, region, status, source, catalog_offset } = invoice.tax_basis;
  const where = [country, region].filter((part) => part !== null).join("-");
  const rates = invoice.taxes.flatMap(({ tax_rate, tax_rate_version }) =>
    tax_rate === null ? [] : [`${tax_rate}@${tax_rate_version}`],
  );
  const parts = [where, status, source, ...rates, `catalog<${catalog_offset}`];
  return [{ term: words.tax.taxes, text: [code(parts.filter((part) => part !== "").join(" "))] }];
}

function spokenTax(
  { treatment, name: called, jurisdiction, percent, reason }: InvoiceTax,
  words: Words,
): string {
  switch (treatment) {
    case "exempt":
      return words.tax.exempt;
    case "reverse_charge":
      return words.tax.reverseCharge;
    case "untaxed":
      return reason;
    case "taxed": {
      const where = called === jurisdiction ? [] : [jurisdiction];
      return [called, ...where, `${grouped(percent, words)} %`].join(", ");
    }
  }
}
