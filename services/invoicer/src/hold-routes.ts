import { holdKey } from "@tallybook/invoice";
import type { Hold } from "@tallybook/invoice";
import { formatTime } from "@tallybook/periods";
import { described, filterOf, pageOf, Problem, refuseOthers } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import { invoiceOf } from "./billing-routes.ts";
import { readerOf } from "./body.ts";
import { holdFilters, holdRoutes } from "./hold-schemas.ts";
import type { HoldView } from "./hold-schemas.ts";
import { decided, idIn } from "./life-desk.ts";
import type { LifeDesk } from "./life-desk.ts";

/** `POST /v1/holds` lets invoices wait as drafts, `POST /v1/holds/{id}/release` lets them be finalized; `GET /v1/holds` lists holds. */
export function addHoldRoutes(server: HttpServer, desk: LifeDesk): void {
  const { access, archive, now } = desk;
  const may = { onRequest: access.allow("finance", "admin") };
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  server.post("/v1/holds", described(may, holdRoutes.place), async (request, reply) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const placed = { ...readHold(desk, request, tenant), actor, placed_at: now() };
    await decided(desk, { order: "place_hold", tenant, ...placed });
    return reply.code(201).send(holdView(holdIn(desk, request, placed.hold)));
  });

  server.post("/v1/holds/:id/release", described(may, holdRoutes.release), async (request) => {
    const { tenant, api_key: actor } = access.callerOf(request);
    const hold = idIn(request);
    const read = readerOf(request.body, ["reason"]);
    const reason = read.text("reason");
    read.done();
    const release = { tenant, hold, reason, actor, released_at: now() };
    await decided(desk, { order: "release_hold", ...release });
    return holdView(holdIn(desk, request, hold));
  });

  server.get("/v1/holds", described(readers, holdRoutes.list), (request) => {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const own = [...archive().receivables.holds.values()].filter(
      ({ placed }) => placed.tenant === tenant,
    );
    const isMeant = filterOf(request, holdFilters, holdView);
    const { items, next } = pageOf(request, own, ({ placed }) => placed.hold, isMeant);
    return { holds: items.map(holdView), next };
  });
}

function readHold(desk: LifeDesk, request: HttpRequest, tenant: string) {
  const read = readerOf(request.body, ["hold", "customer", "invoice", "reason"]);
  const given = (name: string) => (read.value(name) === undefined ? null : read.id(name));
  const [customer, id] = [given("customer"), given("invoice")];
  const hold = { hold: read.id("hold"), customer, reason: read.text("reason") };
  if (customer !== null && customer !== "" && desk.customerOf(tenant, customer) === undefined)
    read.refuse("customer", `there is no customer ${customer}`);
  if (customer !== null && id !== null)
    read.refuse("invoice", "hold a customer's invoices or one of them: give one of the two");
  read.done();
  if (id === null) return { ...hold, invoice: null };
  const { kind, invoice } = invoiceOf(desk, request, id);
  if (kind === "InvoiceDrafted") return { ...hold, invoice };
  throw new Problem({
    status: 409,
    title: "Conflict",
    detail: `${id} is finalized: a hold keeps a draft from it. A credit note gives back what should not have been asked for.`,
  });
}

function holdView({ placed, released }: Hold): HoldView {
  const { hold, customer, invoice, reason, placed_at } = placed;
  return {
    hold,
    status: released === null ? "held" : "released",
    customer,
    invoice,
    reason,
    placed_at: formatTime(placed_at),
    released: released && {
      reason: released.reason,
      released_at: formatTime(released.released_at),
    },
  };
}

/** Of the caller's tenant. */
function holdIn({ archive, access }: LifeDesk, request: HttpRequest, id: string): Hold {
  const found = archive().receivables.holds.get(holdKey(access.callerOf(request).tenant, id));
  if (found !== undefined) return found;
  throw new Problem({ status: 404, title: "Not Found", detail: `There is no hold ${id}.` });
}
