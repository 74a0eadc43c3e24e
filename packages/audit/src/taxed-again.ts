import {
  calculatorRequest,
  requestDigest,
  taxesOfLines,
  taxName,
  tellTaxes,
} from "@tallybook/invoice";
import type { DraftLine, InvoiceTax } from "@tallybook/invoice";

import type { Books } from "./books.ts";
import { pair } from "./compare-transaction.ts";
import type { Replayable } from "./line-grounds.ts";
import type { Compared } from "./replayed.ts";

/**
 * The taxes of an invoice again, on its lines as they come out again: by the catalog that they were told with, or as an outside
 * calculator has answered.
 */
export function taxedAgain(
  { history, calculations }: Pick<Books, "history" | "calculations">,
  invoice: Replayable,
  lines: readonly DraftLine[],
): readonly InvoiceTax[] {
  const { tenant, customer, currency, tax_basis: basis } = invoice;
  if (basis === null) return [];
  if (basis.source === "calculator") return calculations.get(basis.calculation ?? "")?.taxes ?? [];
  const { catalog_offset, told_at: at } = basis;
  const telling = { catalog: history.at(catalog_offset), catalog_offset, at };
  const told = tellTaxes({ tenant, customer, lines }, telling);
  return told.kind === "told" ? taxesOfLines(lines, told.on, currency) : [];
}

/** What an outside calculator was asked, by the digest in its answer, against what it would be asked of the lines again. */
export function compareAsked(
  { calculations }: Pick<Books, "calculations">,
  invoice: Replayable,
  lines: readonly DraftLine[],
): Compared[] {
  const { tax_basis: basis } = invoice;
  if (basis?.source !== "calculator") return [];
  const answer = calculations.get(basis.calculation ?? "");
  const digest = answer && Buffer.from(answer.request_digest).toString("hex");
  const again = requestDigest(calculatorRequest({ ...invoice, lines }, basis)).toString("hex");
  return [pair("tax", "SHA-256 of what the calculator was asked", digest ?? "-", again)];
}

/** Each tax as it was billed against what it comes to again. */
export function compareTaxes(
  { taxes, currency }: Replayable,
  again: readonly InvoiceTax[],
): Compared[] {
  const count = Math.max(taxes.length, again.length);
  return Array.from({ length: count }, (_, nth) => {
    const [billed, recomputed] = [taxes[nth], again[nth]];
    const known = billed ?? recomputed;
    const what = known === undefined ? "" : taxName(known);
    return pair(
      "tax",
      `${what}, in minor units of ${currency}`,
      textOf(billed),
      textOf(recomputed),
    );
  });
}

function textOf(tax: InvoiceTax | undefined): string {
  if (tax === undefined) return "-";
  const rate = tax.tax_rate === null ? "" : ` by ${tax.tax_rate} ${tax.tax_rate_version}`;
  return `${tax.amount} on ${tax.base}${rate}`;
}
