import type { Catalog } from "@tallybook/catalog";
import {
  described,
  filterOf,
  filterQuery,
  type Filters,
  textFilter,
  type HttpReply,
  type HttpRequest,
  type JsonSchema,
  linkNext,
  listOf,
  pageOf,
  pagingQuery,
} from "@tallybook/service";
import type { Json } from "@tallybook/usage";
import { found, idOf, type Desk, type Done } from "../desk.ts";
import { type Moment, momentOf, momentQuery, notYet } from "../moments.ts";
import type { Order } from "../orders/order.ts";
import { jsonOf } from "./body.ts";
import { makeId } from "./ids.ts";
import { typedTag } from "./words.ts";

/** A kind of thing of the typed API: made by a POST to its path, listed there, and each found under its id. */
export interface Resource {
  readonly path: string;
  /** In words, such as `a product` and `products`. */
  readonly one: string;
  readonly many: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** What makes one of a body, under a new id. Throws the Problem that names the fields at fault. */
  make(json: Json, id: string): Order;
  /** The id under which a request has made one, now or when it came for the first time. */
  idMade(done: Done): string;
  /** All there are, in the order in which they were made. */
  ids(catalog: Catalog, tenant: string): Iterable<string>;
  /** As it was known and held then; undefined where it was not. */
  view(moment: Moment, tenant: string, id: string): View | undefined;
  /** Fields of what is answered that a list can be narrowed by, each with what the document says of it. */
  readonly filters?: Readonly<Record<string, string>>;
}

export type View = Readonly<Record<string, unknown>>;

export function addTypedResource(desk: Desk, resource: Resource): void {
  const { server, admins, readers } = desk;
  const { path, one, many, input, output } = resource;
  const filters = filtersBy(resource.filters ?? {});
  const makes = described(admins, {
    summary: `Makes ${one}, in the typed form`,
    about: "202 where the cut that a new meter asks for is still to come.",
    tag: typedTag,
    body: input,
    answers: { 201: output, 202: output },
  });
  const lists = described(readers, {
    summary: `Lists the ${many}, in the typed form`,
    about: "A header `Link` with rel=next has the address of the next page.",
    tag: typedTag,
    query: { ...pagingQuery, ...filterQuery(filters), ...momentQuery },
    answers: { 200: listOf(output) },
  });
  const gets = described(readers, {
    summary: `Gets ${one}, in the typed form`,
    tag: typedTag,
    query: momentQuery,
    answers: { 200: output },
  });

  server.post(path, makes, (request, reply) => postTyped(desk, resource, request, reply));
  server.get(path, lists, (request, reply) => {
    const { tenant } = desk.callerOf(request);
    const moment = momentOf(request, desk.registry);
    const all = [...resource.ids(moment.catalog, tenant)].flatMap((id) => {
      const view = resource.view(moment, tenant, id);
      return view === undefined ? [] : [{ id, view }];
    });
    const isMeant = filterOf(request, filters, ({ view }: (typeof all)[number]) => view);
    const { items, next } = pageOf(request, all, ({ id }) => id, isMeant);
    linkNext(next, request, reply);
    return items.map(({ view }) => view);
  });
  server.get(`${path}/:id`, gets, (request) => {
    const { tenant } = desk.callerOf(request);
    const moment = momentOf(request, desk.registry);
    const id = idOf(request);
    const ever = resource.view({ ...moment, asOf: undefined }, tenant, id);
    const view = resource.view(moment, tenant, id);
    if (view === undefined && ever !== undefined) throw notYet(id, moment);
    return found(view, request);
  });
}

function filtersBy(fields: Readonly<Record<string, string>>): Filters<View> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, description]) => [
      name,
      textFilter<View>(description, (view) => {
        const said = view[name];
        return typeof said === "string" ? said : null;
      }),
    ]),
  );
}

/** Makes one, and answers with it when events are measured for it. */
export async function postTyped(
  desk: Desk,
  resource: Resource,
  request: HttpRequest,
  reply: HttpReply,
): Promise<HttpReply> {
  const done = await desk.execute(request, resource.make(jsonOf(request), makeId()));
  const inForce = await desk.inForce(done);
  const now = desk.registry.now();
  const moment = { catalog: desk.catalog(), asOf: undefined, at: now, now };
  const view = resource.view(moment, desk.callerOf(request).tenant, resource.idMade(done));
  return reply.code(inForce ? 201 : 202).send(view);
}
