import { type Catalog, lateUsageAt, lateUsagePoliciesOf } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import { described } from "@tallybook/service";
import { bodyOf, type Desk } from "../desk.ts";
import { momentQuery } from "../moments.ts";
import { setLateUsage } from "../orders/late-usage.ts";
import { lateUsage, lateUsageInput } from "../schemas/late-usage.ts";
import { lateUsageView } from "../views.ts";

const tag = "Late usage";

/** What becomes of usage that comes late, and of corrections, once their period was billed. */
export function addLateUsageRoutes(desk: Desk): void {
  const { server, bookkeepers, readers } = desk;
  const tells = described(readers, {
    summary: "Tells what becomes of late usage and corrections of billed periods",
    tag,
    query: momentQuery,
    answers: { 200: lateUsage },
  });
  const sets = described(bookkeepers, {
    summary: "Says what becomes of late usage and corrections of billed periods",
    about: "Of each cut from a time on. What is due to a customer is never written off.",
    tag,
    body: lateUsageInput,
    answers: { 200: lateUsage },
  });
  const viewOf = (catalog: Catalog, tenant: string, at: Micros) =>
    lateUsageView(lateUsageAt(catalog, tenant, at), lateUsagePoliciesOf(catalog, tenant));
  server.get("/v1/late-usage", tells, (request) => {
    const { catalog, at } = desk.momentOf(request);
    return viewOf(catalog, desk.callerOf(request).tenant, at);
  });
  server.put("/v1/late-usage", sets, async (request) => {
    await desk.execute(request, setLateUsage(bodyOf(request)));
    return viewOf(desk.catalog(), desk.callerOf(request).tenant, desk.registry.now());
  });
}
