import type { InvoiceFact } from "../facts.ts";
import type { Detail } from "../page/invoice-page.ts";
import { makePage } from "../page/make-page.ts";
import type { MadeAt } from "../page/make-page.ts";
import { html, phraseMarkup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { contentSecurityPolicy, styleElement } from "./style.ts";
import { tableMarkup } from "./table.ts";

/**
 * The invoice as a page that a person reads and prints: one file, without scripts and without anything to fetch. A function of
 * its arguments to the byte. A draft says so, and has the cents that it would have.
 */
export function renderInvoiceHtml(fact: InvoiceFact, madeAt: MadeAt): string {
  const { language, title, seller, heading, details, table, evidence } = makePage(fact, madeAt);
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

function list(details: readonly Detail[]): Markup {
  return html`<dl>
    ${details.map(
      ({ term, text }) =>
        html`<dt>${term}</dt>
          <dd>${phraseMarkup(text)}</dd> `,
    )}
  </dl>`;
}
