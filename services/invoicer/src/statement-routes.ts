import { csvRecord } from "@tallybook/books";
import type { CsvCell } from "@tallybook/books";
import {
  agedReceivable,
  agingBuckets,
  isSettled,
  receivablesOf,
  statementOf,
} from "@tallybook/invoice";
import type { AgedReceivable, CustomerBook, Statement } from "@tallybook/invoice";
import { add, decimal, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { described, Problem, queryText, refuseOthers, unfit } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import type { BookKeeper } from "./book-keeper.ts";
import { idIn } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";
import { timeAsked } from "./moments.ts";
import { sendCsv } from "./send-csv.ts";
import { statementRoutes } from "./statement-schemas.ts";

export interface StatementDesk extends Pick<LifeDesk, "archive" | "access" | "customerOf" | "now"> {
  readonly books: BookKeeper;
}

/**
 * `GET /v1/receivables` says what each customer owes by how long it should have been paid, `GET /v1/statements/{customer}` what one was
 * asked for and paid; both with the suffix `.csv` as a table. Both are the journal's: their sums are the trial balance's.
 */
export function addStatementRoutes(server: HttpServer, desk: StatementDesk): void {
  const { access, now } = desk;
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  async function aged(request: HttpRequest) {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const [at, customer] = [timeAsked(request, "as_of") ?? now(), queryText(request, "customer")];
    const { books, complete } = await ownBooks(desk, tenant);
    const own = [...desk.archive().disputes.values()].filter((it) => it.opened.tenant === tenant);
    const disputes = Map.groupBy(own, ({ opened }) => opened.invoice);
    const disputesOf = (invoice: string) => disputes.get(invoice) ?? [];
    const rows = books
      .filter((book) => customer === undefined || book.customer === customer)
      .map((book) => agedReceivable(book, receivablesIn(desk, book), at, disputesOf))
      .filter((row) => !isSettled(row));
    return { as_of: formatTime(at), complete, receivables: rows, totals: totalsOf(rows) };
  }

  server.get("/v1/receivables", described(readers, statementRoutes.receivables), aged);

  server.get(
    "/v1/receivables.csv",
    described(readers, statementRoutes.receivablesCsv),
    async (request, reply) => sendCsv(reply, agedCsv((await aged(request)).receivables)),
  );

  server.get(
    "/v1/statements/:id",
    described(readers, statementRoutes.statement),
    async (request, reply) => {
      refuseOthers(request);
      const { tenant } = access.callerOf(request);
      const id = idIn(request);
      const isCsv = id.endsWith(".csv") && desk.customerOf(tenant, id) === undefined;
      const customer = isCsv ? id.slice(0, -".csv".length) : id;
      const known = desk.customerOf(tenant, customer);
      if (known === undefined) throw nobody(customer);
      const [from, to] = [timeAsked(request, "from") ?? 0, timeAsked(request, "to") ?? now()];
      if (from > to) throw unfit("from", "it must not be after to");
      const { books, complete } = await ownBooks(desk, tenant);
      const book = books.find(
        (each) => each.customer === customer && each.currency === known.currency,
      ) ?? { tenant, customer, currency: known.currency, entries: [] };
      const statement = statementOf(book, receivablesIn(desk, book), { from, to });
      if (isCsv) return sendCsv(reply, statementCsv(statement));
      return {
        ...statement,
        from: formatTime(from),
        to: formatTime(to),
        complete,
        lines: statement.lines.map((line) => ({ ...line, at: formatTime(line.at) })),
      };
    },
  );
}

/** The books of a tenant; complete where the journal has everything that is on `invoices` by now. */
async function ownBooks(
  { books, archive }: StatementDesk,
  tenant: string,
): Promise<{ readonly books: readonly CustomerBook[]; readonly complete: boolean }> {
  const { end } = archive();
  const { byCustomer, invoicesOffset } = await books();
  return {
    books: [...byCustomer.values()].filter((book) => book.tenant === tenant),
    complete: invoicesOffset >= end,
  };
}

function receivablesIn({ archive }: StatementDesk, book: CustomerBook) {
  return receivablesOf(archive().receivables, book);
}

/** By currency: what the trial balance has of all customers. */
function totalsOf(rows: readonly AgedReceivable[]) {
  const byCurrency = Map.groupBy(rows, ({ currency }) => currency);
  return [...byCurrency].map(([currency, own]) => {
    const total = (name: (typeof amounts)[number]) =>
      toText(own.reduce((sum, row) => add(sum, decimal(row[name])), decimal("0")));
    return { currency, ...Object.fromEntries(amounts.map((name) => [name, total(name)])) };
  });
}

const amounts = [
  ...agingBuckets,
  "invoiced",
  "disputed",
  "not_invoiced",
  "receivable",
  "credit",
] as const;

function agedCsv(rows: readonly AgedReceivable[]): string {
  const head = ["customer", "currency", ...amounts].map(text);
  const lines = rows.map((row) => [
    text(row.customer),
    text(row.currency),
    ...amounts.map((name) => number(row[name])),
  ]);
  return [head, ...lines].map(csvRecord).join("");
}

function statementCsv({ currency, opening, lines, closing }: Statement): string {
  const head = ["time", "what", "reference", "amount", "balance", "currency"].map(text);
  const body = lines.map(({ at, what, reference, amount, balance }) => [
    text(formatTime(at)),
    text(what),
    text(reference),
    number(amount),
    number(balance),
    text(currency),
  ]);
  const edge = (what: string, balance: string) => [
    text(""),
    text(what),
    text(""),
    number(""),
    number(balance),
    text(currency),
  ];
  return [head, edge("opening", opening), ...body, edge("closing", closing)]
    .map(csvRecord)
    .join("");
}

function text(of: string): CsvCell {
  return { text: of, isText: true };
}

function number(of: string): CsvCell {
  return { text: of, isText: false };
}

function nobody(customer: string): Problem {
  return new Problem({
    status: 404,
    title: "Not Found",
    detail: `There is no customer ${customer}.`,
  });
}
