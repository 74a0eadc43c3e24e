import type { Column, PageTable, Row, TotalRow } from "../page/invoice-page.ts";
import { html, phraseMarkup } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** The table of an invoice: a body for each group, so that a page breaks between them where it can. */
export function tableMarkup({ caption, columns, thousands, groups, totals }: PageTable): Markup {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <colgroup>
      ${columns.map(columnMarkup)}
    </colgroup>
    <thead>
      <tr>
        ${columns.map(headMarkup)}
      </tr>
    </thead>
    ${groups.map(
      (rows) =>
        html`<tbody>
          ${rows.map((row) => rowMarkup(row, columns, thousands))}
        </tbody> `,
    )}
    <tbody class="totals">
      ${totals.map((row) => totalMarkup(row, columns, thousands))}
    </tbody>
  </table>`;
}

function columnMarkup({ of }: Column): Markup {
  return of === "description" ? html`<col /> ` : html`<col class="${of}" /> `;
}

function headMarkup({ of, title }: Column): Markup {
  return of === "line" || of === "description"
    ? html`<th scope="col">${title}</th> `
    : html`<th scope="col" class="number">${title}</th> `;
}

function rowMarkup(row: Row, columns: readonly Column[], thousands: string): Markup {
  const numbers = (of: Partial<Readonly<Record<Column["of"], string>>>) =>
    numberColumns(columns).map((column) => cellMarkup(of[column], thousands));
  switch (row.of) {
    case "heading": {
      const under = row.terms === "" ? [] : [html`<span class="terms">${row.terms}</span>`];
      return html`<tr class="group">
        <td></td>
        <th scope="rowgroup" colspan="${String(columns.length - 1)}">${text(row.title)}${under}</th>
      </tr> `;
    }
    case "line":
      return html`<tr>
        <td>${String(row.number)}</td>
        <th scope="row">${phraseMarkup(row.what)}</th>
        ${numbers({ quantity: row.quantity, exact: row.exact, amount: row.amount })}
      </tr> `;
    case "subtotal":
      return html`<tr class="subtotal">
        <td></td>
        <th scope="row">${row.what}</th>
        ${numbers({ quantity: row.quantity, exact: row.exact, amount: row.amount })}
      </tr> `;
    case "part":
      return html`<tr class="tier">
        <td></td>
        <th scope="row">${text(row.what)}</th>
        ${numbers({ quantity: row.quantity, exact: row.exact })}
      </tr> `;
  }
}

function totalMarkup(row: TotalRow, columns: readonly Column[], thousands: string): Markup {
  const { of, what, currency, amount } = row;
  const numbers = numberColumns(columns);
  return of === "sum"
    ? html`<tr>
        <td></td>
        <th scope="row">${phraseMarkup(what)}</th>
        ${numbers.map((column) => cellMarkup(column === row.in ? amount : undefined, thousands))}
      </tr> `
    : html`<tr class="total">
        <td></td>
        <th scope="row">${phraseMarkup(what)}</th>
        ${numbers.slice(2).map(() => html`<td></td>`)}
        <td colspan="2" class="number">${currency} ${breakable(amount, thousands)}</td>
      </tr> `;
}

function numberColumns(columns: readonly Column[]): Column["of"][] {
  return columns.map(({ of }) => of).filter((of) => of !== "line" && of !== "description");
}

function cellMarkup(number: string | undefined, thousands: string): Markup {
  return number === undefined ? html`<td></td>` : numberMarkup(number, thousands);
}

function numberMarkup(number: string, thousands: string): Markup {
  return html`<td class="number">${breakable(number, thousands)}</td>`;
}

/** May go on in the next line behind thousands: a quantity can have thirty digits. */
function breakable(number: string, thousands: string): Markup {
  return html`${number.split(thousands).map((part, index) => html`${index === 0 ? [] : [html`${thousands}<wbr />`]}${part}`)}`;
}

/** Set apart, so that a name written from right to left leaves its neighbours in place. */
function text(of: string): Markup {
  return html`<bdi>${of}</bdi>`;
}
