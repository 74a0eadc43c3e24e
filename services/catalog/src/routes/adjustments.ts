import { randomUUID } from "node:crypto";
import { adjustmentsOf, type Catalog, type OrderedAdjustment } from "@tallybook/catalog";
import {
  described,
  filterOf,
  type Filters,
  textFilter,
  listOf,
  nextPage,
  output,
  pageOf,
} from "@tallybook/service";
import { bodyOf, found, idOf, type Desk } from "../desk.ts";
import { listQuery } from "../listed.ts";
import { momentQuery, notYet } from "../moments.ts";
import { adjust } from "../orders/adjustments.ts";
import { adjustment, adjustmentInput } from "../schemas/adjustments.ts";
import { adjustmentView } from "../views.ts";

const tag = "Adjustments";

const adjustmentFilters: Filters<ReturnType<typeof adjustmentView>> = {
  subscription: textFilter("Of that subscription.", ({ subscription }) => subscription),
  customer: textFilter("Of that customer.", ({ customer }) => customer),
};

/** What puts right what was billed: periods that may be billed do not change any more. */
export function addAdjustmentRoutes(desk: Desk): void {
  const { server, bookkeepers, readers } = desk;
  const orders = described(bookkeepers, {
    summary: "Orders an adjustment: an amount for the next invoice of a subscription",
    about:
      "For what was billed otherwise than it should have been, of a period that no change can reach any more. It is posted at the next cut, as a transaction of its own.",
    tag,
    body: adjustmentInput,
    answers: { 201: adjustment },
  });
  const lists = described(readers, {
    summary: "Lists the adjustments that were ordered",
    tag,
    query: listQuery(adjustmentFilters),
    answers: { 200: output({ adjustments: listOf(adjustment), next: nextPage }) },
  });
  const gets = described(readers, {
    summary: "Gets an adjustment that was ordered",
    tag,
    query: momentQuery,
    answers: { 200: adjustment },
  });
  const of = (catalog: Catalog, tenant: string, id: string): OrderedAdjustment | undefined =>
    adjustmentsOf(catalog, tenant).get(id);
  server.post("/v1/adjustments", orders, async (request, reply) => {
    const body = bodyOf(request);
    const { facts } = await desk.execute(request, adjust(body, randomUUID()));
    const ordered = facts.find((fact) => fact.kind === "AdjustmentOrdered");
    const { tenant } = desk.callerOf(request);
    // What is there already was named in the request.
    const id = ordered?.adjustment ?? (body as { readonly adjustment: string }).adjustment;
    const catalog = desk.catalog();
    return reply.code(201).send(adjustmentView(catalog, found(of(catalog, tenant, id))));
  });
  server.get("/v1/adjustments", lists, (request) => {
    const { catalog, asOf = Infinity } = desk.momentOf(request);
    const all = [...adjustmentsOf(catalog, desk.callerOf(request).tenant).values()];
    const shown = all.filter(({ fact }) => fact.recorded_at <= asOf);
    const viewOf = (each: OrderedAdjustment) => adjustmentView(catalog, each);
    const isMeant = filterOf(request, adjustmentFilters, viewOf);
    const { items, next } = pageOf(request, shown, ({ fact }) => fact.adjustment, isMeant);
    return { adjustments: items.map(viewOf), next };
  });
  server.get("/v1/adjustments/:id", gets, (request) => {
    const moment = desk.momentOf(request);
    const { catalog, asOf = Infinity } = moment;
    const { tenant } = desk.callerOf(request);
    const shown = found(of(catalog, tenant, idOf(request)), request);
    if (shown.fact.recorded_at > asOf) throw notYet(idOf(request), moment);
    return adjustmentView(catalog, shown);
  });
}
