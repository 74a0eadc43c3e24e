import type { Caller, CustomerCreated } from "@tallybook/catalog";
import { paymentOf, receivableOf, stateOf } from "@tallybook/invoice";
import type { LifeOrder, Payment } from "@tallybook/invoice";
import { toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { described, filterOf, pageOf, Problem, refuseOthers } from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import type { Archive } from "./archive.ts";
import { invoiceOf } from "./billing-routes.ts";
import { readerOf } from "./body.ts";
import { problemOf } from "./life-problem.ts";
import type { Orders } from "./orders.ts";
import { paymentFilters, paymentRoutes } from "./payment-schemas.ts";
import type { PaymentView } from "./payment-schemas.ts";

export interface PaymentDesk {
  readonly archive: () => Archive;
  readonly access: Access<Caller>;
  readonly orders: Pick<Orders, "life">;
  readonly customerOf: (tenant: string, customer: string) => CustomerCreated | undefined;
  /** The deployment's clock. */
  readonly now: () => Micros;
}

/**
 * `POST /v1/payments` records one, `POST /v1/payments/{id}/reverse` takes it back; `GET /v1/payments` and `/v1/payments/{id}` show them;
 * `GET /v1/invoices/{id}/state` says what is still to be paid of an invoice.
 */
export function addPaymentRoutes(server: HttpServer, desk: PaymentDesk): void {
  const { access, archive, orders, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  async function decide(order: LifeOrder): Promise<void> {
    const decision = await orders.life(order);
    if (decision.kind === "refused") throw problemOf(decision);
  }

  server.post("/v1/payments", described(may, paymentRoutes.record), async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const payment = readPayment(desk, tenant, request.body);
    await decide({
      order: "record_payment",
      tenant,
      ...payment,
      actor,
      recorded_at: now(),
    });
    return reply.code(201).send(paymentView(paymentIn(desk, request, payment.payment)));
  });

  server.post(
    "/v1/payments/:id/reverse",
    described(may, paymentRoutes.reverse),
    async (request) => {
      const { tenant, api_key: actor } = access.callerOf(request);
      const payment = idOf(request);
      const read = readerOf(request.body, ["reason"]);
      const reason = read.text("reason");
      read.done();
      await decide({
        order: "reverse_payment",
        tenant,
        payment,
        reason,
        actor,
        reversed_at: now(),
      });
      return paymentView(paymentIn(desk, request, payment));
    },
  );

  server.get("/v1/payments", described(readers, paymentRoutes.list), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.payments.values()].filter(
      ({ recorded }) => recorded.tenant === tenant,
    );
    const isMeant = filterOf(request, paymentFilters, paymentView);
    const { items, next } = pageOf(request, own, ({ recorded }) => recorded.payment, isMeant);
    return { payments: items.map(paymentView), next };
  });

  server.get("/v1/payments/:id", described(readers, paymentRoutes.get), (request) =>
    paymentView(paymentIn(desk, request, idOf(request))),
  );

  server.get("/v1/invoices/:id/state", described(readers, paymentRoutes.state), (request) => {
    const { tenant, invoice, customer, currency } = invoiceOf(desk, request, idOf(request));
    const receivable = receivableOf(archive().receivables, tenant, invoice);
    const draft = { number: null, state: "draft", total: null, paid: "0", open: "0" };
    return {
      invoice,
      customer,
      currency,
      ...(receivable === undefined
        ? draft
        : {
            number: receivable.invoice.number,
            state: stateOf(receivable),
            total: receivable.invoice.total,
            paid: toText(receivable.paid),
            open: toText(receivable.open),
          }),
    };
  });
}

function readPayment({ customerOf, now }: PaymentDesk, tenant: string, body: unknown) {
  const read = readerOf(body, [
    "payment",
    "customer",
    "amount",
    "currency",
    "invoices",
    "method",
    "reference",
    "received_at",
  ]);
  const payment = {
    payment: read.id("payment"),
    customer: read.id("customer"),
    currency: read.id("currency"),
    amount: read.minor("amount"),
    invoices: read.ids("invoices"),
    method: read.id("method", "bank_transfer"),
    reference: read.id("reference", ""),
    received_at: read.past("received_at", now()),
  };
  const { customer, currency } = payment;
  const known = customer === "" ? undefined : customerOf(tenant, customer);
  if (customer !== "" && known === undefined)
    read.refuse("customer", `there is no customer ${customer}`);
  if (known !== undefined && currency !== "" && known.currency !== currency)
    read.refuse(
      "currency",
      `${customer} is billed in ${known.currency}: record what came in ${currency} as the ${known.currency} that the bank made of it`,
    );
  read.done();
  return payment;
}

function paymentView({ recorded, reversed }: Payment): PaymentView {
  const { payment, customer, currency, amount, method, reference, settles, credited } = recorded;
  return {
    payment,
    status: reversed === null ? "recorded" : "reversed",
    customer,
    currency,
    amount,
    method,
    reference: reference === "" ? null : reference,
    received_at: formatTime(recorded.received_at),
    settles,
    credited,
    recorded_at: formatTime(recorded.recorded_at),
    reversed: reversed && {
      reason: reversed.reason,
      reopens: reversed.reopens,
      reversed_at: formatTime(reversed.reversed_at),
    },
  };
}

/** Of the caller's tenant. */
function paymentIn({ archive, access }: PaymentDesk, request: HttpRequest, id: string): Payment {
  const found = paymentOf(archive().receivables, access.callerOf(request).tenant, id);
  if (found !== undefined) return found;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no payment ${id}.` });
}

function idOf(request: HttpRequest): string {
  return (request.params as { readonly id: string }).id;
}
