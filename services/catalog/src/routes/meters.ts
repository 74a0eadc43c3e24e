import { aggregations, fillsOf, metersAt, type MeterPublished } from "@tallybook/catalog";
import {
  described,
  filterOf,
  filterQuery,
  type Filters,
  optionFilter,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
  pagingQuery,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { inEffect, momentQuery, notYet } from "../moments.ts";
import { applyOne } from "../orders/apply.ts";
import { appliedAnswers, versions as versionsOf } from "../schemas/common.ts";
import { meter, meterInput } from "../schemas/meters.ts";
import { meterView, versioned } from "../views.ts";

const tag = "Meters";

const meterFilters: Filters<MeterPublished> = {
  event_type: textFilter("Over events of that type.", ({ event_type }) => event_type),
  aggregation: optionFilter("Of that kind.", aggregations, ({ aggregation }) => aggregation),
};

export function addMeterRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const publishes = described(admins, {
    summary: "Publishes a meter, or its next version where it differs",
    about: "Answered with 200 when a cut measures by it, and with 202 where that takes longer.",
    tag,
    body: meterInput,
    answers: appliedAnswers,
  });
  const lists = described(readers, {
    summary: "Lists the meters, each with its last version",
    tag,
    query: { ...pagingQuery, ...filterQuery(meterFilters), ...momentQuery },
    answers: { 200: output({ meters: listOf(meter), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a meter with all its versions",
    tag,
    query: momentQuery,
    answers: { 200: versionsOf("Meter", meter) },
  });
  server.post("/v1/meters", publishes, (request, reply) =>
    desk.applied(request, reply, applyOne("meters", bodyOf(request))),
  );
  server.get("/v1/meters", lists, (request) => {
    const { tenant } = desk.callerOf(request);
    const { catalog, asOf } = desk.momentOf(request);
    const fills = fillsOf(catalog, tenant);
    const meters = [...metersAt(catalog, tenant).values()].flatMap(
      (versions) => inEffect(versions, asOf) ?? [],
    );
    const { items, next } = pageOf(
      request,
      meters,
      ({ meter }) => meter,
      filterOf(request, meterFilters, (version: MeterPublished) => version),
    );
    return { meters: items.map((version) => meterView(version, fills)), next };
  });
  server.get("/v1/meters/:id", gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const moment = desk.momentOf(request);
    const versions = found(metersAt(moment.catalog, tenant).get(idOf(request)), request);
    const shown = inEffect(versions, moment.asOf);
    if (shown === undefined) throw notYet(idOf(request), moment);
    const fills = fillsOf(moment.catalog, tenant);
    return versioned(shown, versions, (version) => meterView(version, fills));
  });
}
