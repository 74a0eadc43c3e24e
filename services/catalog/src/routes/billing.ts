import { idOf, type Desk } from "../desk.ts";
import { requestBilling } from "../orders/billing.ts";

/** For the invoicer, which answers who asked when the bill is there; the one address passes nothing on to it. */
export function addBillingRoutes(desk: Desk): void {
  const { server, bookkeepers } = desk;
  server.post(
    "/internal/subscriptions/:id/billing-requests",
    bookkeepers,
    async (request, reply) => {
      const { facts, offset } = await desk.execute(request, requestBilling(idOf(request)));
      // The facts of one order stand side by side; `offset` is the last one's.
      const behind = facts.length - 1 - facts.findIndex(({ kind }) => kind === "BillingRequested");
      return reply.code(202).send({ catalog_offset: (offset ?? 0) - behind });
    },
  );
}
