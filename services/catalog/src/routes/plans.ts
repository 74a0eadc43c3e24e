import { plansOf } from "@tallybook/catalog";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { planView, versioned } from "../views.ts";

export function addPlanRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  server.post("/v1/plans", admins, (request, reply) =>
    desk.applied(request, reply, applyOne("plans", bodyOf(request))),
  );
  server.get("/v1/plans", readers, (request) => {
    const plans = [...plansOf(desk.catalog(), desk.callerOf(request).tenant).values()];
    return { plans: plans.flatMap((versions) => versions.slice(-1).map(planView)) };
  });
  server.get("/v1/plans/:id", readers, (request) => {
    const versions = plansOf(desk.catalog(), desk.callerOf(request).tenant).get(idOf(request));
    return versioned(found(versions, request).map(planView));
  });
}
