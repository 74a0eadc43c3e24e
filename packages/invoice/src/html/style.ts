import { createHash } from "node:crypto";

import { Markup } from "./markup.ts";

/**
 * For paper first, A4 and Letter alike: no size is set, so the printer's own holds. No colour carries a meaning, and nothing is
 * fetched. The column heads stand again on each page; a row is never cut, a heading never stands last on a page.
 */
const style = `
@page { margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
* { box-sizing: border-box; }
body { max-width: 180mm; margin: 10mm auto; padding: 0 5mm; color: #000; background: #fff;
  font: 10pt/1.45 "Helvetica Neue", Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { margin: 5mm 0 1mm; font-size: 18pt; line-height: 1.2; }
h2 { margin: 0 0 1mm; font-size: 10pt; }
p { margin: 0; }
h1, p, dd, th, td { overflow-wrap: anywhere; }
header { margin-bottom: 7mm; }
.seller { font-weight: bold; }
.address { color: #444; font-size: 9pt; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.5mm 5mm; margin: 4mm 0 0; }
dt { color: #444; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
caption { padding-bottom: 2mm; text-align: left; font-weight: bold; }
col.line { width: 7%; }
col.quantity { width: 18%; }
col.exact { width: 18%; }
col.amount { width: 15%; }
th, td { padding: 0.8mm 1.5mm; text-align: left; vertical-align: top; font-weight: normal; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead { display: table-header-group; }
thead th { border-bottom: 0.4mm solid #000; font-size: 9pt; vertical-align: bottom; }
tr { break-inside: avoid; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.group th { padding-top: 3mm; font-weight: bold; }
tr.group { break-after: avoid; }
.terms { display: block; color: #444; font-size: 8.5pt; font-weight: normal; }
.tier th, .tier td { padding-top: 0; padding-bottom: 0.3mm; color: #444; font-size: 8.5pt; }
.tier th { padding-left: 5mm; }
tr.tier { break-before: avoid; }
.subtotal th, .subtotal td { border-top: 0.15mm solid #888; }
tr.subtotal { break-before: avoid; }
tbody.totals { break-inside: avoid; }
.totals tr:first-child > * { border-top: 0.4mm solid #000; padding-top: 2mm; }
.total > * { border-bottom: 0.8mm double #000; font-size: 12pt; font-weight: bold; }
footer { margin-top: 8mm; padding-top: 2mm; border-top: 0.15mm solid #888; color: #444; font-size: 8.5pt; break-inside: avoid; }
footer dl { gap: 0.3mm 4mm; margin-top: 1.5mm; }
code { font-family: "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 8pt; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
`;

/** To the byte what the policy below has the hash of. */
export const styleElement = new Markup(`<style>${style}</style>`);

/**
 * What a browser may do with the page: take this one style, and nothing else. For the header Content-Security-Policy; the page
 * says the same in itself, for a copy in a file.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
