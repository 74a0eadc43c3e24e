import { fillsOf, metersAt } from "@tallybook/catalog";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { meterView, versioned } from "../views.ts";

export function addMeterRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  server.post("/v1/meters", admins, (request, reply) =>
    desk.applied(request, reply, applyOne("meters", bodyOf(request))),
  );
  server.get("/v1/meters", readers, (request) => {
    const { tenant } = desk.callerOf(request);
    const meters = [...metersAt(desk.catalog(), tenant).values()];
    const fills = fillsOf(desk.catalog(), tenant);
    return {
      meters: meters.flatMap((versions) =>
        versions.slice(-1).map((version) => meterView(version, fills)),
      ),
    };
  });
  server.get("/v1/meters/:id", readers, (request) => {
    const { tenant } = desk.callerOf(request);
    const versions = metersAt(desk.catalog(), tenant).get(idOf(request));
    const fills = fillsOf(desk.catalog(), tenant);
    return versioned(found(versions, request).map((version) => meterView(version, fills)));
  });
}
