import { dismissalsOf } from "@tallybook/catalog";
import type { Caller, Catalog } from "@tallybook/catalog";
import type { Columns } from "@tallybook/columns";
import { described, pageOf, Problem, queryText, unfit } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import type { Conflict, Conflicts } from "./conflicts.ts";
import { conflictRoute, conflictsRoute } from "./schemas.ts";
import { conflictView, judge } from "./view.ts";
import type { Judged } from "./view.ts";

/** What questions about conflicts are answered from. */
export interface ConflictDesk {
  readonly conflicts: Conflicts;
  readonly columns: Pick<Columns, "readCorrections">;
  readonly catalog: () => Catalog;
}

/** Who may ask, customers among them, and who has. */
export interface ConflictReaders {
  readonly readers: { readonly onRequest: ((request: HttpRequest) => Promise<void>)[] };
  readonly callerOf: (request: HttpRequest) => Caller;
}

/** `GET /v1/conflicts` and `GET /v1/conflicts/{id}`. A customer's key is told of its own, and only of what they say of it. */
export function addConflictRoutes(
  server: HttpServer,
  desk: ConflictDesk,
  { readers, callerOf }: ConflictReaders,
): void {
  server.get("/v1/conflicts", described(readers, conflictsRoute), async (request) => {
    const { tenant, ...caller } = callerOf(request);
    const whose = customersOf(caller);
    const own = (await desk.conflicts.of(tenant)).filter((each) => isOf(each, whose));
    const { items, next } = pageOf(
      request,
      await judged(desk, tenant, own),
      ({ conflict }) => conflict.id,
      meantBy(request),
    );
    return { conflicts: await Promise.all(items.map((each) => viewOf(desk, each, whose))), next };
  });
  server.get("/v1/conflicts/:id", described(readers, conflictRoute), async (request) => {
    const { tenant, ...caller } = callerOf(request);
    const whose = customersOf(caller);
    const { id } = request.params as { readonly id: string };
    const own = (await desk.conflicts.of(tenant)).filter((each) => each.id === id);
    const [found] = await judged(desk, tenant, own);
    if (found !== undefined && isOf(found.conflict, whose)) return viewOf(desk, found, whose);
    const detail = `There is no conflict ${id}: GET /v1/conflicts lists those that there are.`;
    throw new Problem({ status: 404, title: "Not Found", detail });
  });
}

/** Whose conflicts a caller sees; null: everybody's. */
function customersOf({ role, scope }: Omit<Caller, "tenant">): ReadonlySet<string> | null {
  return role === "customer" ? new Set(scope?.customers) : null;
}

function isOf({ rejected }: Conflict, whose: ReadonlySet<string> | null): boolean {
  return whose === null || whose.has(rejected.customer ?? "");
}

async function judged(
  { columns, catalog }: ConflictDesk,
  tenant: string,
  conflicts: readonly Conflict[],
): Promise<Judged[]> {
  const targets = conflicts.map((each) => targetOf(each));
  const corrections = Map.groupBy(await columns.readCorrections(tenant, targets), ({ target }) =>
    nameOf(target),
  );
  const dismissals = dismissalsOf(catalog(), tenant);
  return conflicts.map((each) =>
    judge(each, dismissals.get(each.id), corrections.get(nameOf(targetOf(each))) ?? []),
  );
}

function meantBy(request: HttpRequest): (judged: Judged) => boolean {
  const [customer, state] = [queryText(request, "customer"), queryText(request, "state")];
  if (state !== undefined && !["open", "corrected", "dismissed"].includes(state))
    throw unfit("state", "it must be one of open, corrected, dismissed");
  return (each) =>
    (customer === undefined || each.conflict.rejected.customer === customer) &&
    (state === undefined || each.state === state);
}

async function viewOf(
  { conflicts }: ConflictDesk,
  each: Judged,
  whose: ReadonlySet<string> | null,
) {
  const { partition, rejected } = each.conflict;
  const { original_offset, raw_offset } = rejected;
  const [first, other] = await Promise.all([
    original_offset === null ? null : conflicts.eventAt(partition, original_offset),
    conflicts.eventAt(partition, raw_offset),
  ]);
  return conflictView(each, first, other, whose);
}

function targetOf({ rejected }: Conflict) {
  return { source: rejected.source ?? "", id: rejected.target ?? rejected.id ?? "" };
}

function nameOf({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}\u001f${id}`;
}
