import { randomUUID } from "node:crypto";
import { backfillsOf, type RequestedBackfill } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  flagFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { momentQuery, notYet } from "../moments.ts";
import { openBackfill } from "../orders/backfills.ts";
import { backfill, backfillInput } from "../schemas/backfills.ts";
import { backfillView } from "../views.ts";

const tag = "Usage";

const backfillFilters: Filters<ReturnType<typeof backfillView>> = {
  open: flagFilter("What takes events now, or what is closed.", ({ is_open }) => is_open),
};

/** The door for usage of a time that the window of event times has passed. */
export function addBackfillRoutes(desk: Desk): void {
  const { server, admins, readers } = desk;
  const opens = described(admins, {
    summary: "Opens a backfill: usage of a time that is too old for the usual way may come",
    about:
      "Its events are sent as others are, with `?backfill=` and its id. Each is held against everything that was ever accepted of that time. Answered with 201 when events are taken, and with 202 where that takes longer.",
    tag,
    body: backfillInput,
    answers: { 201: backfill, 202: backfill },
  });
  const lists = described(readers, {
    summary: "Lists the backfills",
    tag,
    query: listQuery(backfillFilters),
    answers: { 200: output({ backfills: listOf(backfill), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets a backfill",
    tag,
    query: momentQuery,
    answers: { 200: backfill },
  });
  server.post("/v1/backfills", opens, async (request, reply) => {
    const body = bodyOf(request);
    const done = await desk.execute(request, openBackfill(body, randomUUID()));
    const made = done.facts.find((fact) => fact.kind === "BackfillRequested");
    const isOpen = await desk.inForce(done);
    // What is there already was named in the request.
    const id = made?.backfill ?? (body as { readonly backfill: string }).backfill;
    const of = backfillsOf(desk.catalog(), desk.callerOf(request).tenant);
    return reply
      .code(isOpen ? 201 : 202)
      .send(backfillView(found(of.get(id)), desk.registry.now()));
  });
  server.get("/v1/backfills", lists, (request) => {
    const { catalog, asOf = Infinity, at } = desk.momentOf(request);
    const viewOf = (each: RequestedBackfill) => backfillView(each, at);
    const all = [...backfillsOf(catalog, desk.callerOf(request).tenant).values()];
    const shown = all.filter(({ fact }) => fact.recorded_at <= asOf);
    const isMeant = filterOf(request, backfillFilters, viewOf);
    const { items, next } = pageOf(request, shown, (each) => each.fact.backfill, isMeant);
    return { backfills: items.map(viewOf), next };
  });
  server.get("/v1/backfills/:id", gets, (request) => {
    const moment = desk.momentOf(request);
    const { catalog, asOf = Infinity } = moment;
    const of = backfillsOf(catalog, desk.callerOf(request).tenant);
    const shown = found(of.get(idOf(request)), request);
    if (shown.fact.recorded_at > asOf) throw notYet(idOf(request), moment);
    return backfillView(shown, moment.at);
  });
}
