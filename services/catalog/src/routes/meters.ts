import { aggregations, fillsOf, metersAt, type MeterPublished } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  optionFilter,
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
import { meterInput, meterRevision, meterVersions, wholeMeter } from "../schemas/meters.ts";
import { meterView, wholeMeterView } from "../views.ts";

const tag = "Meters";

const meterFilters: Filters<ReturnType<typeof wholeMeterView>> = {
  event_type: textFilter("Over events of that type.", ({ event_type }) => event_type),
  aggregation: optionFilter("Of that kind.", aggregations, ({ aggregation }) => aggregation),
  archived: flagFilter("What is archived, or what is not.", ({ archived }) => archived),
};

export function addMeterRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const measured =
    "Answered with 200 when a cut measures by it, and with 202 where that takes longer.";
  const publishes = described(admins, {
    summary: "Publishes a meter, or its next version where it differs",
    about: measured,
    tag,
    body: meterInput,
    answers: appliedAnswers,
  });
  const revises = described(admins, {
    summary: "Makes the meter what the body says, in its next version",
    about: measured,
    tag,
    body: meterRevision,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the meters, each with its last version",
    tag,
    query: listQuery(meterFilters),
    answers: { 200: output({ meters: listOf(wholeMeter), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a meter with all its versions",
    tag,
    query: momentQuery,
    answers: { 200: meterVersions },
  });
  server.post("/v1/meters", publishes, (request, reply) =>
    desk.applied(request, reply, applyOne("meters", bodyOf(request))),
  );
  server.put("/v1/meters/:id", revises, (request, reply) => {
    const order = reviseObject("meters", "meter", idOf(request), bodyOf(request));
    return desk.applied(request, reply, order);
  });
  server.get("/v1/meters", lists, (request) => {
    const { catalog, asOf } = desk.momentOf(request);
    const meters = [...metersAt(catalog, desk.callerOf(request).tenant).values()].flatMap(
      (versions) => inEffect(versions, asOf) ?? [],
    );
    const viewOf = (version: MeterPublished) => wholeMeterView(catalog, version, asOf);
    const isMeant = filterOf(request, meterFilters, viewOf);
    const { items, next } = pageOf(request, meters, ({ meter }) => meter, isMeant);
    return { meters: items.map(viewOf), next };
  });
  server.get("/v1/meters/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const moment = desk.momentOf(request);
    const { catalog, asOf } = moment;
    const versions = found(metersAt(catalog, tenant).get(idOf(request)), request);
    const shown = inEffect(versions, asOf);
    if (shown === undefined) throw notYet(idOf(request), moment);
    const fills = fillsOf(catalog, tenant);
    const all = versions.map((version) => meterView(version, fills));
    return { ...wholeMeterView(catalog, shown, asOf), versions: all };
  });
}
