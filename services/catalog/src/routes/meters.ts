import { fillsOf, metersAt } from "@tallybook/catalog";
import { described, listOf, output } from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers, versions as versionsOf } from "../schemas/common.ts";
import { meter, meterInput } from "../schemas/meters.ts";
import { meterView, versioned } from "../views.ts";

const tag = "Meters";

export function addMeterRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const publishes = described(admins, {
    summary: "Publishes a meter, or its next version where it differs",
    about: "Answered with 200 when a cut measures by it, and with 202 where that takes longer.",
    tag,
    body: meterInput,
    answers: appliedAnswers,
    problems: [409],
  });
  const lists = described(readers, {
    summary: "Lists the meters, each with its last version",
    tag,
    answers: { 200: output({ meters: listOf(meter) }) },
  });
  const gets = described(readers, {
    summary: "Gets a meter with all its versions",
    tag,
    answers: { 200: versionsOf("Meter", meter) },
  });
  server.post("/v1/meters", publishes, (request, reply) =>
    desk.applied(request, reply, applyOne("meters", bodyOf(request))),
  );
  server.get("/v1/meters", lists, (request) => {
    const { tenant } = desk.callerOf(request);
    const meters = [...metersAt(desk.catalog(), tenant).values()];
    const fills = fillsOf(desk.catalog(), tenant);
    return {
      meters: meters.flatMap((versions) =>
        versions.slice(-1).map((version) => meterView(version, fills)),
      ),
    };
  });
  server.get("/v1/meters/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const versions = metersAt(desk.catalog(), tenant).get(idOf(request));
    const fills = fillsOf(desk.catalog(), tenant);
    return versioned(found(versions, request).map((version) => meterView(version, fills)));
  });
}
