import { subscriptionOf } from "@tallybook/catalog";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { endSubscription } from "../orders/subscriptions.ts";
import { subscriptionView } from "../views.ts";

export function addSubscriptionRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  server.post("/v1/subscriptions", admins, (request, reply) =>
    desk.applied(request, reply, applyOne("subscriptions", bodyOf(request))),
  );
  server.post("/v1/subscriptions/:id/end", admins, (request, reply) =>
    desk.applied(request, reply, endSubscription(idOf(request), bodyOf(request))),
  );
  server.get("/v1/subscriptions", readers, (request) => {
    const of = desk.catalog().tenants.get(desk.callerOf(request).tenant);
    return { subscriptions: [...(of?.subscriptions.values() ?? [])].map(subscriptionView) };
  });
  server.get("/v1/subscriptions/:id", readers, (request) => {
    const { tenant } = desk.callerOf(request);
    return subscriptionView(found(subscriptionOf(desk.catalog(), tenant, idOf(request)), request));
  });
}
