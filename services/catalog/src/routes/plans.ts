import { plansOf } from "@tallybook/catalog";
import { described, listOf, nextPage, output, pageOf, pagingQuery } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { inEffect, momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers } from "../schemas/common.ts";
import { planInput, planVersions, wholePlan } from "../schemas/plans.ts";
import { planView, wholePlanView } from "../views.ts";

const tag = "Plans";

export function addPlanRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const publishes = described(admins, {
    summary: "Publishes a plan, or its next version where it differs",
    tag,
    body: planInput,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the plans, each with its last version",
    tag,
    query: { ...pagingQuery, ...momentQuery },
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
  server.get("/v1/plans", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const plans = [...plansOf(catalog, desk.callerOf(request).tenant).values()].flatMap(
      (versions) => inEffect(versions, asOf) ?? [],
    );
    const { items, next } = pageOf(request, plans, (version) => version.plan);
    return { plans: items.map((each) => wholePlanView(catalog, each, asOf)), next };
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
