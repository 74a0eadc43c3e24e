import { collectedBy, stripeKey } from "@tallybook/invoice";
import type { StripeEventTaken, StripeHandOff, StripeOrder } from "@tallybook/invoice";
import { stripeCustomerOf } from "@tallybook/catalog";
import type { Caller, Catalog } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, filterOf, pageOf, Problem, refuseOthers } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import type { Archive } from "../archive.ts";
import { invoiceOf } from "../billing-routes.ts";
import { readerOf } from "../body.ts";
import { finalizedIn, idIn } from "../life-desk.ts";
import { problemOf } from "../life-problem.ts";
import type { Orders } from "../orders.ts";
import type { StripeRunner } from "./runner.ts";
import { eventFilters, handOffFilters, stripeRoutes } from "./stripe-schemas.ts";
import type { HandOffView } from "./stripe-schemas.ts";
import { addStripeWebhook } from "./webhook.ts";
import type { StripeWebhookDesk } from "./webhook.ts";

export interface StripeDesk extends StripeWebhookDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly orders: Pick<Orders, "stripe">;
  readonly known: () => Catalog;
  readonly runner: Pick<StripeRunner, "troubleOf">;
  /** The deployment's clock. */
  readonly now: () => Micros;
}

/**
 * `POST /v1/invoices/{id}/hand-to-stripe` and `withdraw-from-stripe`, `GET /v1/stripe/hand-offs` and `/v1/stripe/events`; and what Stripe
 * itself asks: `POST /v1/stripe/webhook/{tenant}/{account}`.
 */
export function addStripeRoutes(server: HttpServer, desk: StripeDesk): void {
  const { access, archive, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.post(
    "/v1/invoices/:id/hand-to-stripe",
    described(may, stripeRoutes.hand),
    async (request, reply) => {
      const { tenant, api_key: actor } = access.callerOf(request);
      const invoice = finalizedIn(desk, request);
      const { customer, invoice: id } = invoice;
      const by = stripeCustomerOf(desk.known(), { tenant, customer }, now());
      if (by === undefined) throw notCollected(customer);
      const of = { tenant, invoice: id, ...collectedBy(by, invoice), actor, ordered_at: now() };
      await placed(desk, { order: "hand_to_stripe", ...of });
      return reply.code(202).send(view(desk, handOffIn(desk, request)));
    },
  );

  server.post(
    "/v1/invoices/:id/withdraw-from-stripe",
    described(may, stripeRoutes.withdraw),
    async (request, reply) => {
      const { tenant, api_key: actor } = access.callerOf(request);
      const { invoice } = finalizedIn(desk, request);
      const read = readerOf(request.body, ["reason"]);
      const reason = read.text("reason");
      read.done();
      const of = { tenant, invoice, reason, actor, ordered_at: now() };
      await placed(desk, { order: "withdraw_from_stripe", ...of });
      return reply.code(202).send(view(desk, handOffIn(desk, request)));
    },
  );

  server.get("/v1/stripe/hand-offs", described(readers, stripeRoutes.list), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.stripe.handOffs.values()].filter(
      ({ ordered }) => ordered.tenant === tenant,
    );
    const isMeant = filterOf(request, handOffFilters, (each: StripeHandOff) => view(desk, each));
    const { items, next } = pageOf(request, own, ({ ordered }) => ordered.invoice, isMeant);
    return { hand_offs: items.map((each) => view(desk, each)), next };
  });

  server.get("/v1/stripe/hand-offs/:id", described(readers, stripeRoutes.get), (request) =>
    view(desk, handOffIn(desk, request)),
  );

  server.get("/v1/stripe/events", described(readers, stripeRoutes.events), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.stripe.events.values()].filter(
      (each) => each.tenant === tenant,
    );
    const isMeant = filterOf(request, eventFilters, (each: StripeEventTaken) => each);
    const { items, next } = pageOf(request, own, ({ event }) => event, isMeant);
    return { events: items.map(eventView), next };
  });

  addStripeWebhook(server, desk);
}

async function placed({ orders }: StripeDesk, order: StripeOrder): Promise<void> {
  const decision = await orders.stripe(order);
  if (decision.kind === "refused") throw problemOf(decision);
}

/** Of the invoice that a path names, by id or number. */
function handOffIn(desk: StripeDesk, request: HttpRequest): StripeHandOff {
  const { tenant, invoice } = invoiceOf(desk, request, idIn(request));
  const found = desk.archive().receivables.stripe.handOffs.get(stripeKey(tenant, invoice));
  if (found !== undefined) return found;
  throw new Problem({
    status: 404,
    title: "Not Found",
    detail: "It was never handed to Stripe: POST /v1/invoices/{id}/hand-to-stripe does.",
  });
}

function notCollected(customer: string): Problem {
  return new Problem({
    status: 409,
    title: "Conflict",
    detail: `Stripe does not collect from ${customer}: name its id there by POST /v1/stripe-customers.`,
  });
}

function view({ runner }: StripeDesk, of: StripeHandOff): HandOffView {
  const { ordered, handed, refused } = of;
  const { invoice, number, customer, currency, amount, hand_off } = ordered;
  return {
    invoice,
    number,
    customer,
    currency,
    amount,
    hand_off,
    status: statusOf(of),
    reason: refused?.reason ?? runner.troubleOf(of)?.why ?? null,
    stripe_account: ordered.account,
    stripe_customer: ordered.stripe_customer,
    stripe_invoice: handed?.stripe_invoice ?? null,
    hosted_url: handed === null || handed.hosted_url === "" ? null : handed.hosted_url,
    ordered_at: formatTime(ordered.ordered_at),
  };
}

function statusOf({
  handed,
  refused,
  withdrawal,
  withdrawn,
  told,
}: StripeHandOff): HandOffView["status"] {
  if (withdrawn !== null) return "withdrawn";
  if (told === "paid") return "paid";
  if (told === "void") return "voided_at_stripe";
  if (withdrawal !== null && refused === null) return "withdrawing";
  if (handed !== null) return "handed";
  return refused === null ? "waiting" : "refused";
}

function eventView(of: StripeEventTaken): object {
  const { event, type, account, payments, happened_at, taken_at } = of;
  const said = (text: string) => (text === "" ? null : text);
  return {
    event,
    type,
    stripe_account: account,
    invoice: said(of.invoice),
    number: said(of.number),
    customer: said(of.customer),
    stripe_invoice: said(of.stripe_invoice),
    status: said(of.status),
    payments,
    detail: said(of.detail),
    happened_at: formatTime(happened_at),
    taken_at: formatTime(taken_at),
  };
}
