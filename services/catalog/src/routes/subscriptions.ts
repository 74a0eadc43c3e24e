import { subscriptionOf } from "@tallybook/catalog";
import { described, listOf, nextPage, output, pageOf, pagingQuery } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { momentQuery } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { endSubscription } from "../orders/subscriptions.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { subscription, subscriptionEnd, subscriptionInput } from "../schemas/subscriptions.ts";
import { typedSubscription, typedSubscriptionInput } from "../schemas/typed.ts";
import { jsonOf } from "../typed/body.ts";
import { postTyped } from "../typed/resource.ts";
import { isTypedSubscription, typedSubscriptions } from "../typed/subscriptions.ts";
import { subscriptionView } from "../views.ts";

const tag = "Subscriptions";

export function addSubscriptionRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const starts = described(admins, {
    summary: "Starts a subscription, or says that it is there",
    tag,
    body: { anyOf: [subscriptionInput, typedSubscriptionInput] },
    answers: { ...appliedAnswers, 201: typedSubscription },
  });
  const ends = described(admins, {
    summary: "Ends a subscription at a time",
    tag,
    body: subscriptionEnd,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the subscriptions",
    tag,
    query: { ...pagingQuery, ...momentQuery },
    answers: { 200: output({ subscriptions: listOf(subscription), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a subscription",
    tag,
    query: momentQuery,
    answers: { 200: subscription },
  });
  server.post("/v1/subscriptions", starts, (request, reply) =>
    isTypedSubscription(jsonOf(request))
      ? postTyped(desk, typedSubscriptions, request, reply)
      : desk.applied(request, reply, applyOne("subscriptions", bodyOf(request))),
  );
  server.post("/v1/subscriptions/:id/end", ends, (request, reply) =>
    desk.applied(request, reply, endSubscription(idOf(request), bodyOf(request))),
  );
  server.get("/v1/subscriptions", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const of = catalog.tenants.get(desk.callerOf(request).tenant);
    const all = [...(of?.subscriptions.values() ?? [])];
    const { items, next } = pageOf(request, all, (each) => each.subscription);
    return { subscriptions: items.map((each) => subscriptionView(each, asOf)), next };
  });
  server.get("/v1/subscriptions/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const { catalog, asOf } = desk.momentOf(request);
    return subscriptionView(found(subscriptionOf(catalog, tenant, idOf(request)), request), asOf);
  });
}
