import type { InvoiceFact } from "../facts.ts";
import type { Detail, InvoicePage } from "../page/invoice-page.ts";
import { makePage } from "../page/make-page.ts";
import type { MadeAt } from "../page/make-page.ts";
import { html, phraseMarkup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { contentSecurityPolicy, styleElement } from "./style.ts";
import { tableMarkup } from "./table.ts";

/** The page of an invoice. A draft says so, and has the cents that it would have. */
export function renderInvoiceHtml(fact: InvoiceFact, madeAt: MadeAt): string {
  return renderPageHtml(makePage(fact, madeAt));
}

/**
 * What stands on a document as a page that a person reads and prints: one file, without scripts and without anything to fetch. A function of
 * its argument to the byte.
 */
export function renderPageHtml(of: InvoicePage): string {
  const { language, title, seller, address, heading, details, table, evidence } = of;
  const page = html`<!DOCTYPE html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <p class="seller"><bdi>${seller}</bdi></p>
          ${addressMarkup(address)}
          <h1>${heading}</h1>
          ${list(details)}
        </header>
        <main>${tableMarkup(table)}</main>
        <footer>
          <h2>${evidence.heading}</h2>
          <p>${phraseMarkup(evidence.intro)}</p>
          ${list(evidence.details)}
        </footer>
      </body>
    </html> `;
  return page.source;
}

function addressMarkup(address: readonly string[]): Markup | readonly Markup[] {
  if (address.length === 0) return [];
  const lines = address.map(
    (line, at) => html`${at === 0 ? [] : [html`<br />`]}<bdi>${line}</bdi>`,
  );
  return html`<p class="address">${lines}</p>`;
}

function list(details: readonly Detail[]): Markup {
  return html`<dl>
    ${details.map(
      ({ term, text }) =>
        html`<dt>${term}</dt>
          <dd>${phraseMarkup(text)}</dd> `,
    )}
  </dl>`;
}
