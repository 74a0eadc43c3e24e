import { plansOf, type PlanPublished } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { inEffect, momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { reviseObject } from "../orders/objects.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { planInput, planRevision, planVersions, wholePlan } from "../schemas/plans.ts";
import { planView, wholePlanView } from "../views.ts";

const tag = "Plans";

const planFilters: Filters<ReturnType<typeof wholePlanView>> = {
  product: textFilter("Of that product.", ({ product }) => product),
  currency: textFilter("In that currency.", ({ currency }) => currency),
  meter: textFilter("With a price over that meter.", ({ prices }) =>
    prices.flatMap(({ meter }) => meter ?? []),
  ),
  add_on: flagFilter("What is sold beside other plans, or what is not.", ({ add_on }) => add_on),
  archived: flagFilter("What is archived, or what is not.", ({ archived }) => archived),
};

export function addPlanRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const publishes = described(admins, {
    summary: "Publishes a plan, or its next version where it differs",
    tag,
    body: planInput,
    answers: appliedAnswers,
  });
  const revises = described(admins, {
    summary: "Makes the plan what the body says, in its next version",
    about:
      "What is left out is as if it had never been said; without effective_at it holds from now on.",
    tag,
    body: planRevision,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the plans, each with its last version",
    tag,
    query: listQuery(planFilters),
    answers: { 200: output({ plans: listOf(wholePlan), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a plan with all its versions",
    tag,
    query: momentQuery,
    answers: { 200: planVersions },
  });
  server.post("/v1/plans", publishes, (request, reply) =>
    desk.applied(request, reply, applyOne("plans", bodyOf(request))),
  );
  server.put("/v1/plans/:id", revises, (request, reply) => {
    const order = reviseObject("plans", "plan", idOf(request), bodyOf(request));
    return desk.applied(request, reply, order);
  });
  server.get("/v1/plans", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const plans = [...plansOf(catalog, desk.callerOf(request).tenant).values()].flatMap(
      (versions) => inEffect(versions, asOf) ?? [],
    );
    const viewOf = (each: PlanPublished) => wholePlanView(catalog, each, asOf);
    const isMeant = filterOf(request, planFilters, viewOf);
    const { items, next } = pageOf(request, plans, ({ plan }) => plan, isMeant);
    return { plans: items.map(viewOf), next };
  });
  server.get("/v1/plans/:id", gets, (request) => {
    const moment = desk.momentOf(request);
    const { catalog, asOf } = moment;
    const versions = found(
      plansOf(catalog, desk.callerOf(request).tenant).get(idOf(request)),
      request,
    );
    const shown = inEffect(versions, asOf);
    if (shown === undefined) throw notYet(idOf(request), moment);
    return { ...wholePlanView(catalog, shown, asOf), versions: versions.map(planView) };
  });
}
