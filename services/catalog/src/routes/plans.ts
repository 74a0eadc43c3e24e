import { plansOf } from "@tallybook/catalog";
import { described, listOf, output } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers, versions as versionsOf } from "../schemas/common.ts";
import { plan, planInput } from "../schemas/plans.ts";
import { planView, versioned } from "../views.ts";

const tag = "Plans";

export function addPlanRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const publishes = described(admins, {
    summary: "Publishes a plan, or its next version where it differs",
    tag,
    body: planInput,
    answers: appliedAnswers,
    problems: [409],
  });
  const lists = described(readers, {
    summary: "Lists the plans, each with its last version",
    tag,
    answers: { 200: output({ plans: listOf(plan) }) },
  });
  const gets = described(readers, {
    summary: "Gets a plan with all its versions",
    tag,
    answers: { 200: versionsOf("Plan", plan) },
  });
  server.post("/v1/plans", publishes, (request, reply) =>
    desk.applied(request, reply, applyOne("plans", bodyOf(request))),
  );
  server.get("/v1/plans", lists, (request) => {
    const plans = [...plansOf(desk.catalog(), desk.callerOf(request).tenant).values()];
    return { plans: plans.flatMap((versions) => versions.slice(-1).map(planView)) };
  });
  server.get("/v1/plans/:id", gets, (request) => {
    const versions = plansOf(desk.catalog(), desk.callerOf(request).tenant).get(idOf(request));
    return versioned(found(versions, request).map(planView));
  });
}
