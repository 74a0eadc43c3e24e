import type { CreditApplied, CreditRefunded } from "@tallybook/invoice";
import { isZero, toText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { described, refuseOthers } from "@tallybook/service";
import type { HttpServer } from "@tallybook/service";

import { readerOf } from "./body.ts";
import { creditRoutes } from "./credit-schemas.ts";
import { customerIn, decided } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";

/**
 * `GET /v1/credits` lists what customers have, `POST /v1/credits/apply` takes some of it off invoices, `POST /v1/credits/refund` writes down
 * that some of it was paid out.
 */
export function addCreditRoutes(server: HttpServer, desk: LifeDesk): void {
  const { access, archive, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.get("/v1/credits", described(readers, creditRoutes.list), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.credit.values()].filter(
      (credit) => credit.tenant === tenant && !isZero(credit.amount),
    );
    return {
      credits: own.map(({ customer, currency, amount }) => ({
        customer,
        currency,
        amount: toText(amount),
      })),
    };
  });

  server.post("/v1/credits/apply", described(may, creditRoutes.apply), async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const read = readerOf(request.body, [
      "application",
      "customer",
      "currency",
      "amount",
      "invoices",
    ]);
    const asked = {
      application: read.id("application"),
      ...customerIn(desk, tenant, read),
      amount: read.value("amount") === undefined ? null : read.minor("amount"),
      invoices: read.ids("invoices"),
    };
    read.done();
    const order = { order: "apply_credit", tenant, ...asked, actor, applied_at: now() } as const;
    const fact = (await decided(desk, order)) as CreditApplied;
    const { application, customer, currency, amount, settles } = fact;
    const applied_at = formatTime(fact.applied_at);
    return reply.code(201).send({ application, customer, currency, amount, settles, applied_at });
  });

  server.post("/v1/credits/refund", described(may, creditRoutes.refund), async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const fields = ["refund", "customer", "currency", "amount", "method", "reference"];
    const read = readerOf(request.body, fields);
    const asked = {
      refund: read.id("refund"),
      ...customerIn(desk, tenant, read),
      amount: read.minor("amount"),
      method: read.id("method", "bank_transfer"),
      reference: read.id("reference", ""),
    };
    read.done();
    const order = { order: "refund_credit", tenant, ...asked, actor, refunded_at: now() } as const;
    const fact = (await decided(desk, order)) as CreditRefunded;
    const { refund, customer, currency, amount, method, reference } = fact;
    const refunded_at = formatTime(fact.refunded_at);
    return reply
      .code(201)
      .send({ refund, customer, currency, amount, method, reference, refunded_at });
  });
}
