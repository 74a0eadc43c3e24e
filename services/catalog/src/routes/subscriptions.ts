import { subscriptionOf } from "@tallybook/catalog";
import { described, listOf, output } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { endSubscription } from "../orders/subscriptions.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { subscription, subscriptionEnd, subscriptionInput } from "../schemas/subscriptions.ts";
import { subscriptionView } from "../views.ts";

const tag = "Subscriptions";

export function addSubscriptionRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const starts = described(admins, {
    summary: "Starts a subscription, or says that it is there",
    tag,
    body: subscriptionInput,
    answers: appliedAnswers,
    problems: [409],
  });
  const ends = described(admins, {
    summary: "Ends a subscription at a time",
    tag,
    body: subscriptionEnd,
    answers: appliedAnswers,
    problems: [409],
  });
  const lists = described(readers, {
    summary: "Lists the subscriptions",
    tag,
    answers: { 200: output({ subscriptions: listOf(subscription) }) },
  });
  const gets = described(readers, {
    summary: "Gets a subscription",
    tag,
    answers: { 200: subscription },
  });
  server.post("/v1/subscriptions", starts, (request, reply) =>
    desk.applied(request, reply, applyOne("subscriptions", bodyOf(request))),
  );
  server.post("/v1/subscriptions/:id/end", ends, (request, reply) =>
    desk.applied(request, reply, endSubscription(idOf(request), bodyOf(request))),
  );
  server.get("/v1/subscriptions", lists, (request) => {
    const of = desk.catalog().tenants.get(desk.callerOf(request).tenant);
    return { subscriptions: [...(of?.subscriptions.values() ?? [])].map(subscriptionView) };
  });
  server.get("/v1/subscriptions/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    return subscriptionView(found(subscriptionOf(desk.catalog(), tenant, idOf(request)), request));
  });
}
