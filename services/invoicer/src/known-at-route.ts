import type { KnownAtOptions } from "@tallybook/audit";
import { parseTime } from "@tallybook/periods";
import {
  about,
  decimalText,
  described,
  type Description,
  listOf,
  named,
  output,
  text,
  time,
  unfit,
  whole,
} from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import type { Auditor } from "./auditor.ts";
import { invoiceOf } from "./billing-routes.ts";
import type { BillingDesk } from "./billing-routes.ts";

const cut = whole(0, 1_000_000_000);

const route: Description = {
  summary: "Says what an invoice's usage comes to by what was known at another cut",
  about:
    "Each price of each of its periods, by the prices that it was billed by, beside what was billed: what did we know when we billed, what should it have been.",
  tag: "Invoices",
  query: {
    cut: about("The number of a closed cut.", cut),
    time: about("Instead: the last cut that was closed by then.", time),
  },
  answers: {
    200: named(
      "InvoiceKnownAt",
      output({
        invoice: text,
        number: about("Of a draft its id.", text),
        currency: text,
        cut,
        time,
        periods: listOf(
          output({
            subscription: text,
            plan: text,
            price: text,
            meter: text,
            from: time,
            to: time,
            billed: output({ cut, quantity: decimalText, amount: decimalText }),
            known: output({ quantity: decimalText, amount: decimalText }),
            difference: about("Known less billed, major units.", decimalText),
          }),
        ),
      }),
    ),
  },
};

/** `GET /v1/invoices/{id}/known-at?cut=` or `?time=`. */
export function addKnownAtRoute(
  server: HttpServer,
  desk: Pick<BillingDesk, "archive" | "access"> & { readonly auditor: Pick<Auditor, "knownAt"> },
): void {
  const { access, auditor } = desk;
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };
  server.get("/v1/invoices/:id/known-at", described(readers, route), (request: HttpRequest) => {
    const { id } = request.params as { readonly id: string };
    const { tenant, invoice } = invoiceOf(desk, request, id);
    return auditor.knownAt(tenant, invoice, momentIn(request));
  });
}

function momentIn({ query }: HttpRequest): KnownAtOptions["at"] {
  const { cut: number, time: moment, ...others } = query as Readonly<Record<string, unknown>>;
  const isOne =
    (number === undefined) !== (moment === undefined) && Object.keys(others).length === 0;
  if (isOne && typeof number === "string" && /^\d{1,9}$/.test(number))
    return { cut: Number(number) };
  const at = isOne && typeof moment === "string" ? parseTime(moment) : undefined;
  if (at !== undefined) return { time: at };
  throw unfit(
    "cut",
    "give cut, the number of a cut, or time, RFC 3339 with a zone; one of the two, once",
  );
}
