import type { Caller } from "@tallybook/catalog";
import { described, listOf, oneOf, output, text, unfit, whole } from "@tallybook/service";
import type { Access, Description, HttpRequest, HttpServer, JsonSchema } from "@tallybook/service";

import type { createQuestions, UsageDesk } from "../usage/desk.ts";
import { readAllQuery, readReportQuery } from "./query.ts";
import { metersFor, reportOf } from "./report.ts";

const bodyBytesMax = 64 * 1024;
const batchMax = 20;

/** What Amberflo's clients ask, at its paths and in its shapes. */
export function addAmberfloRoutes(
  server: HttpServer,
  desk: UsageDesk,
  given: {
    readonly access: Access<Caller>;
    readonly readers: { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };
    readonly answering: ReturnType<typeof createQuestions>;
  },
): void {
  const { access, readers, answering } = given;
  const options = { ...readers, bodyLimit: bodyBytesMax };
  const tenantOf = (request: HttpRequest) => access.callerOf(request).tenant;

  server.post("/usage", described(options, routes.one), (request: HttpRequest, reply) => {
    const query = readReportQuery(request.body);
    return answering(reply, (signal) => reportOf(desk, tenantOf(request), query, signal));
  });

  server.post("/usage/batch", described(options, routes.batch), (request: HttpRequest, reply) => {
    const { body } = request;
    if (!Array.isArray(body) || body.length > batchMax)
      throw unfit("body", `it must be a list of at most ${batchMax} queries`);
    const queries = body.map(readReportQuery);
    return answering(reply, async (signal) => {
      const reports: object[] = [];
      for (const query of queries)
        reports.push(await reportOf(desk, tenantOf(request), query, signal));
      return reports;
    });
  });

  server.get("/usage/all", described(readers, routes.all), (request: HttpRequest, reply) => {
    const tenant = tenantOf(request);
    const query = readAllQuery(request.query);
    return answering(reply, async (signal) => {
      const reports: object[] = [];
      for (const { meter, aggregation } of metersFor(desk, tenant)) {
        const said = { ...query.said, meterApiName: meter, aggregation };
        const asked = { ...query, meter, aggregation, take: undefined, said };
        reports.push(await reportOf(desk, tenant, asked, signal));
      }
      return reports;
    });
  });
}

const number: JsonSchema = { type: "number" };
const seconds = whole(0, 4_294_967_294);
const interval = oneOf("HOUR", "DAY", "MONTH");
const texts = listOf(text);
const query = output(
  {
    meterApiName: text,
    aggregation: oneOf("SUM", "COUNT", "MIN", "MAX"),
    timeGroupingInterval: interval,
    timeRange: output({ startTimeInSeconds: seconds }, { endTimeInSeconds: seconds }),
  },
  {
    groupBy: texts,
    filter: { type: "object", additionalProperties: texts },
    take: output(
      { limit: whole(1, Number.MAX_SAFE_INTEGER) },
      { isAscending: { type: "boolean" } },
    ),
  },
);
const report = output({
  metadata: { type: "object" },
  secondsSinceEpochIntervals: listOf(seconds),
  clientMeters: listOf(
    output({
      group: output({ groupInfo: { type: "object", additionalProperties: text } }),
      groupValue: number,
      values: listOf(
        output({ value: number, secondsSinceEpochUtc: seconds, percentageFromPrevious: number }),
      ),
    }),
  ),
});

const about =
  "In Amberflo's shapes. Numbers here are those of JavaScript; exact ones are at /v1/usage.";
const tag = "Amberflo";
const routes = {
  one: {
    summary: "Answers what was used of a meter, as Amberflo's clients ask",
    about,
    tag,
    body: query,
    answers: { 200: report },
    problems: [404, 422],
  },
  batch: {
    summary: "Answers up to 20 such questions",
    about,
    tag,
    body: listOf(query, { maxItems: batchMax }),
    answers: { 200: listOf(report) },
    problems: [404, 422],
  },
  all: {
    summary: "Answers what was used of every meter",
    about,
    tag,
    query: {
      startTimeInSeconds: seconds,
      endTimeInSeconds: seconds,
      timeGroupingInterval: interval,
      groupBy: oneOf("customerId"),
      customerId: text,
    },
    needed: ["startTimeInSeconds", "timeGroupingInterval"],
    answers: { 200: listOf(report) },
  },
} as const satisfies Record<string, Description>;
