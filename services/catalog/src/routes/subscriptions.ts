import { statuses, subscriptionOf, type Subscription } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  optionFilter,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { momentQuery } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { subscription, subscriptionInput } from "../schemas/subscriptions.ts";
import { typedSubscription, typedSubscriptionInput } from "../schemas/typed.ts";
import { jsonOf } from "../typed/body.ts";
import { postTyped } from "../typed/resource.ts";
import { isTypedSubscription, typedSubscriptions } from "../typed/subscriptions.ts";
import { subscriptionView } from "../views.ts";
import { addSubscriptionCommands } from "./subscription-commands.ts";

const tag = "Subscriptions";

const subscriptionFilters: Filters<ReturnType<typeof subscriptionView>> = {
  customer: textFilter("Of that customer.", ({ customer }) => customer),
  plan: textFilter("On that plan at the time, or with it as an add-on.", ({ plan, add_ons }) => [
    plan,
    ...add_ons.map((each) => each.plan),
  ]),
  status: optionFilter("How it stands at the time.", statuses, ({ status }) => status),
};

export function addSubscriptionRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const starts = described(admins, {
    summary: "Starts a subscription, or says that it is there",
    tag,
    body: { anyOf: [subscriptionInput, typedSubscriptionInput] },
    answers: { ...appliedAnswers, 201: typedSubscription },
  });
  const lists = described(readers, {
    summary: "Lists the subscriptions",
    tag,
    query: listQuery(subscriptionFilters),
    answers: { 200: output({ subscriptions: listOf(subscription), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a subscription",
    about: "With its whole timeline; plan, quantity, add_ons and status are those of the time.",
    tag,
    query: momentQuery,
    answers: { 200: subscription },
  });
  server.post("/v1/subscriptions", starts, (request, reply) =>
    isTypedSubscription(jsonOf(request))
      ? postTyped(desk, typedSubscriptions, request, reply)
      : desk.applied(request, reply, applyOne("subscriptions", bodyOf(request))),
  );
  server.get("/v1/subscriptions", lists, (request) => {
    const { catalog, at } = desk.momentOf(request);
    const of = catalog.tenants.get(desk.callerOf(request).tenant);
    const all = [...(of?.subscriptions.values() ?? [])];
    const viewOf = (each: Subscription) => subscriptionView(each, at);
    const isMeant = filterOf(request, subscriptionFilters, viewOf);
    const { items, next } = pageOf(request, all, (each) => each.subscription, isMeant);
    return { subscriptions: items.map(viewOf), next };
  });
  server.get("/v1/subscriptions/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const { catalog, at } = desk.momentOf(request);
    return subscriptionView(found(subscriptionOf(catalog, tenant, idOf(request)), request), at);
  });
  addSubscriptionCommands(desk);
}
