import { customerOf, customersOf, metersAt } from "@tallybook/catalog";
import type { Caller } from "@tallybook/catalog";
import { described, Problem } from "@tallybook/service";
import type { Access, HttpReply, HttpRequest, HttpServer } from "@tallybook/service";

import { basisOf } from "../usage/desk.ts";
import type { createQuestions, UsageDesk } from "../usage/desk.ts";
import { askedInAddress, askedInBody } from "./asked.ts";
import type { MeterQuery } from "./asked.ts";
import { listEvents, pageOfEvents } from "./events-list.ts";
import { queryMeter } from "./meter-query.ts";
import { routes } from "./schemas.ts";
import { answerCsv, answerText, eventView, meterView, subjectView } from "./views.ts";

/** Of a query that is too long for an address. */
const bodyBytesMax = 64 * 1024;

type Hooks = { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };

/** What OpenMeter's clients ask, at its paths and in its shapes; the answers are those of our own questions about usage. */
export function addOpenMeterRoutes(
  server: HttpServer,
  desk: UsageDesk,
  given: {
    readonly access: Access<Caller>;
    readonly readers: Hooks;
    readonly answering: ReturnType<typeof createQuestions>;
  },
): void {
  const { access, readers, answering } = given;
  const tenantOf = (request: HttpRequest) => access.callerOf(request).tenant;
  const named = (request: HttpRequest, name: string) =>
    (request.params as Readonly<Record<string, string>>)[name] ?? "";
  const queryIn = (request: HttpRequest) => request.query as Readonly<Record<string, unknown>>;
  const catalogNow = () => basisOf(desk).catalog;

  async function answerQuery(request: HttpRequest, reply: HttpReply, query: MeterQuery) {
    const asked = { tenant: tenantOf(request), meter: named(request, "meter"), query };
    const answer = await answering(reply, (signal) => queryMeter(desk, asked, signal));
    reply.header("tallybook-complete", String(answer.complete));
    if (!wantsCsv(request)) return reply.type("application/json").send(answerText(answer));
    const name = encodeURIComponent(asked.meter);
    return reply
      .type("text/csv; charset=utf-8; header=present")
      .header("content-disposition", `attachment; filename="${name}.csv"`)
      .send(answerCsv(answer));
  }

  /** What a meter's usage is told apart by, each once, in order. */
  async function valuesOf(request: HttpRequest, reply: HttpReply, by: string): Promise<string[]> {
    const query = { ...askedInAddress(queryIn(request)), groupBy: [by], windowSize: undefined };
    const asked = { tenant: tenantOf(request), meter: named(request, "meter"), query };
    const { rows } = await answering(reply, (signal) => queryMeter(desk, asked, signal));
    return [...new Set(rows.map(({ groups }) => groups.get(by) ?? ""))].toSorted();
  }

  server.get("/api/v1/meters", described(readers, routes.meters), (request: HttpRequest) =>
    [...metersAt(catalogNow(), tenantOf(request)).values()].flatMap(
      (versions) => meterView(versions) ?? [],
    ),
  );

  server.get("/api/v1/meters/:meter", described(readers, routes.meter), (request: HttpRequest) => {
    const name = named(request, "meter");
    const view = meterView(metersAt(catalogNow(), tenantOf(request)).get(name) ?? []);
    if (view === undefined) throw notThere(`meter ${name} that OpenMeter has a word for`);
    return view;
  });

  server.get(
    "/api/v1/meters/:meter/query",
    described(readers, routes.query),
    (request: HttpRequest, reply) => answerQuery(request, reply, askedInAddress(queryIn(request))),
  );

  server.post(
    "/api/v1/meters/:meter/query",
    described({ ...readers, bodyLimit: bodyBytesMax }, routes.queryInBody),
    (request: HttpRequest, reply) => answerQuery(request, reply, askedInBody(request.body)),
  );

  server.get(
    "/api/v1/meters/:meter/subjects",
    described(readers, routes.subjectsOfMeter),
    (request: HttpRequest, reply) => valuesOf(request, reply, "subject"),
  );

  server.get(
    "/api/v1/meters/:meter/group-by/:name/values",
    described(readers, routes.values),
    (request: HttpRequest, reply) => valuesOf(request, reply, named(request, "name")),
  );

  server.get("/api/v1/subjects", described(readers, routes.subjects), (request: HttpRequest) =>
    customersOf(catalogNow(), tenantOf(request)).map(subjectView),
  );

  server.get("/api/v1/subjects/:id", described(readers, routes.subject), (request: HttpRequest) => {
    const id = named(request, "id");
    const customer = customerOf(catalogNow(), tenantOf(request), id);
    if (customer === undefined) throw notThere(`subject ${id}`);
    return subjectView(customer);
  });

  server.get(
    "/api/v1/events",
    described(readers, routes.events),
    async (request: HttpRequest, reply) => {
      const asked = [tenantOf(request), queryIn(request)] as const;
      const events = await answering(reply, (signal) => listEvents(desk, ...asked, signal));
      return events.map(eventView);
    },
  );

  server.get(
    "/api/v2/events",
    described(readers, routes.eventPages),
    async (request: HttpRequest, reply) => {
      const asked = [tenantOf(request), queryIn(request)] as const;
      const page = await answering(reply, (signal) => pageOfEvents(desk, ...asked, signal));
      return { items: page.events.map(eventView), nextCursor: page.next };
    },
  );
}

function wantsCsv({ headers }: HttpRequest): boolean {
  return /(^|,) *text\/csv *(;|,|$)/i.test(headers.accept ?? "");
}

function notThere(what: string): Problem {
  return new Problem({ status: 404, title: "Not Found", detail: `There is no ${what}.` });
}
