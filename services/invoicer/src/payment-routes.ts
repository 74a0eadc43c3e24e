import { paymentOf } from "@tallybook/invoice";
import type { Payment } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import { described, filterOf, pageOf, Problem, refuseOthers } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { readerOf } from "./body.ts";
import { customerIn, decided, idIn } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";
import { paymentFilters, paymentRoutes } from "./payment-schemas.ts";
import type { PaymentView } from "./payment-schemas.ts";

/**
 * `POST /v1/payments` records one, `POST /v1/payments/{id}/reverse` takes it back; `GET /v1/payments` and `/v1/payments/{id}` show them.
 */
export function addPaymentRoutes(server: HttpServer, desk: LifeDesk): void {
  const { access, archive, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.post("/v1/payments", described(may, paymentRoutes.record), async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const payment = readPayment(desk, tenant, request.body);
    await decided(desk, { order: "record_payment", tenant, ...payment, actor, recorded_at: now() });
    return reply.code(201).send(paymentView(paymentIn(desk, request, payment.payment)));
  });

  server.post(
    "/v1/payments/:id/reverse",
    described(may, paymentRoutes.reverse),
    async (request) => {
      const { tenant, api_key: actor } = access.callerOf(request);
      const payment = idIn(request);
      const read = readerOf(request.body, ["reason"]);
      const reason = read.text("reason");
      read.done();
      const reversal = { tenant, payment, reason, actor, reversed_at: now() };
      await decided(desk, { order: "reverse_payment", ...reversal });
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
    paymentView(paymentIn(desk, request, idIn(request))),
  );
}

function readPayment(desk: LifeDesk, tenant: string, body: unknown) {
  const fields = ["payment", "customer", "amount", "currency", "invoices", "method", "reference"];
  const read = readerOf(body, [...fields, "received_at"]);
  const payment = {
    payment: read.id("payment"),
    ...customerIn(desk, tenant, read),
    amount: read.minor("amount"),
    invoices: read.ids("invoices"),
    method: read.id("method", "bank_transfer"),
    reference: read.id("reference", ""),
    received_at: read.past("received_at", desk.now()),
  };
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
      reopens: [...reversed.reopens, ...reversed.unapplied],
      uncredited: reversed.uncredited,
      reversed_at: formatTime(reversed.reversed_at),
    },
  };
}

/** Of the caller's tenant. */
function paymentIn({ archive, access }: LifeDesk, request: HttpRequest, id: string): Payment {
  const found = paymentOf(archive().receivables, access.callerOf(request).tenant, id);
  if (found !== undefined) return found;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no payment ${id}.` });
}
