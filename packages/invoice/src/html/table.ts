import { decimal, isNegative } from "@tallybook/money";

import { daysText } from "../days.ts";
import type { InvoiceLine } from "../facts.ts";
import type { Priced } from "../finalize.ts";
import { adjustmentOf, lateUsageOf } from "../lines.ts";
import type { Charge, Late, NumberedLine } from "./groups.ts";
import { sumOf } from "./groups.ts";
import { html } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { grouped, money } from "./numbers.ts";
import { partRows } from "./parts.ts";
import { termsText } from "./terms.ts";

/** The lines in one table, so that all numbers stand in the same columns; exact amounts beside the rounded ones. */
export function linesTable(
  invoice: Priced,
  { charges, late }: { readonly charges: readonly Charge[]; readonly late: readonly Late[] },
): Markup {
  const { currency } = invoice;
  return html`<table>
    <caption>
      What is charged, in ${currency}
    </caption>
    <colgroup>
      <col class="line" />
      <col />
      <col class="quantity" />
      <col class="exact" />
      <col class="amount" />
    </colgroup>
    <thead>
      <tr>
        <th scope="col">Line</th>
        <th scope="col">Description</th>
        <th scope="col" class="number">Quantity</th>
        <th scope="col" class="number">Exact amount</th>
        <th scope="col" class="number">Amount</th>
      </tr>
    </thead>
    ${charges.map((charge) => chargeBody(charge, currency))}${late.map((each) => lateBody(each, currency))}${totals(invoice)}
  </table>`;
}

function chargeBody(charge: Charge, currency: string): Markup {
  const { lines, price, explained } = charge;
  const [first] = lines;
  const parts =
    price === undefined || explained === undefined
      ? []
      : partRows(explained, price.charge, currency);
  const terms = price === undefined ? "" : termsText(price, currency, parts.length > 0);
  const rows =
    price === undefined
      ? lines.map((line) => lineRow(line, currency, text(line.description)))
      : lines.map((line) => lineRow(line, currency, dimensionsText(line)));
  const title =
    price === undefined ? [] : [heading(price.description || (first?.meter ?? ""), terms)];
  const tierRows = parts.map(
    (part) =>
      html`<tr class="tier">
        <td></td>
        <th scope="row">${text(part.text)}</th>
        ${numberCell(grouped(part.quantity))}${numberCell(grouped(part.amount))}
        <td></td>
      </tr> `,
  );
  const subtotal = lines.length > 1 ? [subtotalRow("Together", lines, currency)] : [];
  return html`<tbody>
    ${title}${rows}${subtotal}${tierRows}
  </tbody> `;
}

function lateBody({ from, to, zone, lines }: Late, currency: string): Markup {
  const prefixes = [lateUsageOf(from, to, zone), adjustmentOf(from, to, zone)];
  const rows = lines.map((line) => {
    const { description } = line;
    const prefix = prefixes.find((each) => description.startsWith(each)) ?? "";
    return lineRow(line, currency, text(description.slice(prefix.length)));
  });
  const title = `Adjustments to the period ${daysText(from, to, zone)}`;
  const isOfUsage = lines.some(({ meter }) => meter !== null);
  const terms = isOfUsage
    ? "Usage that became known after this period was invoiced, and what it changes."
    : "What was invoiced of this period is put right.";
  return html`<tbody>
    ${heading(title, terms)}${rows}${lines.length > 1 ? [subtotalRow("Together", lines, currency)] : []}
  </tbody> `;
}

function heading(title: string, terms: string): Markup {
  const under = terms === "" ? [] : [html`<span class="terms">${terms}</span>`];
  return html`<tr class="group">
    <td></td>
    <th scope="rowgroup" colspan="4">${text(title)}${under}</th>
  </tr> `;
}

function lineRow(line: NumberedLine, currency: string, what: Markup): Markup {
  return html`<tr>
    <td>${String(line.number)}</td>
    <th scope="row">${what}</th>
    ${numberCell(grouped(line.quantity))}${numberCell(grouped(line.exact))}${numberCell(money(line.amount, currency))}
  </tr> `;
}

function subtotalRow(name: string, lines: readonly InvoiceLine[], currency: string): Markup {
  const { quantity, exact, amount } = sumOf(lines);
  // Lines of several meters have no common unit.
  const isOneMeter = new Set(lines.map(({ meter }) => meter)).size === 1;
  return html`<tr class="subtotal">
    <td></td>
    <th scope="row">${name}</th>
    ${numberCell(isOneMeter ? grouped(quantity) : "")}${numberCell(grouped(exact))}${numberCell(money(amount, currency))}
  </tr> `;
}

function totals({ currency, exact, rounding, total }: Priced): Markup {
  const name = isNegative(decimal(total)) ? "Total, in your favour" : "Total";
  return html`<tbody class="totals">
    <tr>
      <td></td>
      <th scope="row">Sum of the lines</th>
      <td></td>
      ${numberCell(grouped(exact))}
      <td></td>
    </tr>
    <tr>
      <td></td>
      <th scope="row">Rounding, once, on the sum</th>
      <td></td>
      ${numberCell(grouped(rounding))}
      <td></td>
    </tr>
    <tr class="total">
      <td></td>
      <th scope="row">${name}</th>
      <td></td>
      <td colspan="2" class="number">${currency} ${breakable(money(total, currency))}</td>
    </tr>
  </tbody> `;
}

function dimensionsText({ dimensions }: InvoiceLine): Markup {
  const names = Object.keys(dimensions).toSorted();
  if (names.length === 0) return html`All usage`;
  return html`${names.map((name, index) => html`${index === 0 ? "" : ", "}${text(name)} ${text(dimensions[name] || "(none)")}`)}`;
}

function numberCell(number: string): Markup {
  return html`<td class="number">${breakable(number)}</td>`;
}

/** May go on in the next line behind a comma: a quantity can have thirty digits. */
function breakable(number: string): Markup {
  return html`${number.split(",").map((part, index) => html`${index === 0 ? [] : [html`,<wbr />`]}${part}`)}`;
}

/** Set apart, so that a name written from right to left leaves its neighbours in place. */
function text(of: string): Markup {
  return html`<bdi>${of}</bdi>`;
}
