import { receivableOf, reversalOf, standingOf } from "@tallybook/invoice";
import type { Receivable } from "@tallybook/invoice";
import { isZero, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, Problem, queryText, refuseOthers } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { invoiceOf } from "./billing-routes.ts";
import { readerOf } from "./body.ts";
import { decided, finalizedIn, idIn } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";
import { lifeRoutes } from "./life-schemas.ts";
import { timeAsked } from "./moments.ts";

/**
 * `GET /v1/invoices/{id}/state` says how far an invoice has come; `POST /v1/invoices/{id}/send` writes down that it was sent, and
 * `POST /v1/invoices/{id}/void` takes back one that nobody has paid anything of.
 */
export function addLifeRoutes(server: HttpServer, desk: LifeDesk): void {
  const { access, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.get("/v1/invoices/:id/state", described(readers, lifeRoutes.state), (request) => {
    refuseOthers(request);
    return stateView(desk, request, timeAsked(request, "as_of") ?? now());
  });

  server.post("/v1/invoices/:id/send", described(may, lifeRoutes.send), async (request) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const { invoice } = finalizedIn(desk, request);
    const read = readerOf(request.body, ["channel", "recipient"]);
    const sent = { channel: read.id("channel", "email"), recipient: read.id("recipient", "") };
    read.done();
    await decided(desk, { order: "send_invoice", tenant, invoice, ...sent, actor, sent_at: now() });
    return stateView(desk, request, now());
  });

  server.post("/v1/invoices/:id/void", described(may, lifeRoutes.void), async (request) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const finalized = finalizedIn(desk, request);
    const read = readerOf(request.body, ["reason"]);
    const reason = read.text("reason");
    read.done();
    const postings = reversalOf(finalized, await desk.transactionsOf(finalized));
    if (postings === undefined) throw tooEarly(finalized.number);
    const { invoice } = finalized;
    await decided(desk, {
      order: "void_invoice",
      tenant,
      invoice,
      reason,
      postings,
      actor,
      voided_at: now(),
    });
    return stateView(desk, request, now());
  });
}

/** What has become of an invoice by a time; a draft is one, whenever it is looked at. Throws a Problem (404) where it was not there yet. */
function stateView(desk: LifeDesk, request: HttpRequest, at: Micros): object {
  const { tenant, invoice, customer, currency } = invoiceOf(desk, request, idIn(request));
  const receivable = receivableOf(desk.archive().receivables, tenant, invoice);
  const { end: invoices_offset } = desk.archive();
  const of = { invoice, customer, currency, as_of: formatTime(at), invoices_offset };
  if (receivable === undefined)
    return { ...of, number: null, state: "draft", due_at: null, ...noAmounts, history: [] };
  // The clock may be behind the last cut's time; of now everything is known.
  const last = receivable.events.at(-1)?.at ?? at;
  const isNow = queryText(request, "as_of") === undefined;
  const standing = standingOf(receivable, isNow ? Math.max(at, last) : at);
  if (standing === undefined)
    throw new Problem({
      status: 404,
      title: "Not Found",
      detail: `There was no invoice ${receivable.invoice.number} at ${formatTime(at)}: it is of ${formatTime(receivable.invoice.finalized_at)}.`,
    });
  const { number, total, due_at } = receivable.invoice;
  const { state, paid, credited, debited, open } = standing;
  return {
    ...of,
    number,
    state,
    due_at: due_at === null ? null : formatTime(due_at),
    total,
    paid: toText(paid),
    credited: toText(credited),
    debited: toText(debited),
    open: toText(open),
    history: receivable.events.filter((event) => isNow || event.at <= at).map(eventView),
  };
}

const noAmounts = { total: null, paid: "0", credited: "0", debited: "0", open: "0" };

function eventView({ what, at, reference, change }: Receivable["events"][number]): object {
  return {
    what,
    at: formatTime(at),
    reference: reference === "" ? null : reference,
    change: isZero(change) ? "0" : toText(change),
  };
}

function tooEarly(number: string): Problem {
  return new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: `The journal does not have all of ${number} yet, as right after it was finalized: send it again.`,
    headers: { "retry-after": "1" },
  });
}
