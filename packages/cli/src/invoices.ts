import type { InvoiceDocument, NumberedDocument } from "@tallybook/invoice";
import { currency, minorText } from "@tallybook/money";
import type { Deployment } from "./deployment.ts";
import { table } from "./table.ts";

const pageMax = 500;

/** Every finalized invoice of the key's tenant, in the order of their numbers. */
export function listInvoices(target: Deployment): Promise<NumberedDocument[]> {
  return listOf(target, "finalized");
}

/** Every draft of the key's tenant that waits to be finalized, in the order in which they were made. */
export function listDrafts(target: Deployment): Promise<InvoiceDocument[]> {
  return listOf(target, "draft");
}

async function listOf<Document extends InvoiceDocument>(
  target: Deployment,
  status: Document["status"],
): Promise<Document[]> {
  const all: Document[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: { invoices: Document[]; next: number | null } = await target.ask("/v1/invoices", {
      query: { status, after: String(after), limit: String(pageMax) },
    });
    all.push(...page.invoices);
    after = page.next;
  }
  return all;
}

/** One row for each invoice. */
export function invoicesTable(invoices: readonly InvoiceDocument[]): readonly string[] {
  const columns = [
    { title: "number" },
    { title: "customer" },
    { title: "plan" },
    { title: "period" },
    { title: "lines", align: "right" },
    { title: "total", align: "right" },
    { title: "" },
  ] as const;
  const rows = invoices.map((invoice) => [
    // Of a draft the id is what it is finalized by.
    invoice.number ?? invoice.invoice,
    invoice.customer,
    invoice.plan ?? `${invoice.parts.length} subscriptions`,
    `${shortTime(invoice.period.from)} to ${shortTime(invoice.period.to)}`,
    String(invoice.lines.length),
    amountText(invoice.total, invoice.currency),
    invoice.currency,
  ]);
  return table(columns, rows);
}

/** A midnight of UTC is told by its day. */
function shortTime(time: string): string {
  return time.replace("T00:00:00Z", "");
}

/** One invoice with its lines; their numbers are those that `tally replay` takes. */
export function invoiceText(invoice: InvoiceDocument): readonly string[] {
  const columns = [
    { title: "line", align: "right" },
    { title: "description" },
    { title: "dimensions" },
    { title: "quantity", align: "right" },
    { title: invoice.currency, align: "right" },
  ] as const;
  const rows = invoice.lines.map((line, index) => [
    String(index + 1),
    line.description,
    dimensionsText(line.dimensions),
    line.quantity,
    amountText(line.amount, invoice.currency),
  ]);
  const total = ["", "total", "", "", amountText(invoice.total, invoice.currency)];
  return [
    `${invoice.number === null ? "Draft" : `Invoice ${invoice.number}`}  ${invoice.customer}, ${ofWhat(invoice)}`,
    `Period  ${invoice.period.from} to ${invoice.period.to}`,
    ...invoice.parts.map((part) => partText(part, invoice.currency)),
    `Id      ${invoice.invoice}`,
    "",
    ...table(columns, [...rows, total]),
  ];
}

function ofWhat({ plan, subscription, parts }: InvoiceDocument): string {
  if (plan === null) return `${parts.length} subscriptions`;
  return `${plan}, subscription ${subscription}`;
}

/** Which lines are a subscription's, and what they come to. */
function partText({ subscription, plan, lines, amount }: Part, code: string): string {
  const [first, last] = [lines[0], lines.at(-1)];
  const which = first === last ? `line ${first}` : `lines ${first} to ${last}`;
  return `  ${which}: ${plan}, subscription ${subscription}, ${amountText(amount, code)} ${code}`;
}

type Part = InvoiceDocument["parts"][number];

/** Minor units as major ones, for people; of a currency that is none, as of one with two digits. */
export function amountText(minor: string, code: string): string {
  return minorText(minor, currency(code) ?? { code, digits: 2 });
}

export function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  return Object.entries(dimensions)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
