import { table } from "./table.ts";

/** An endpoint, as the API has it. */
export type Endpoint = {
  readonly endpoint: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly waits_for: string | null;
  readonly secret: { readonly number: number; readonly previous_until: string | null } | null;
  readonly pending: number;
  readonly dead: number;
};

/** A message to an endpoint, as the API has it. */
export type Delivery = {
  readonly message: string;
  readonly endpoint: string;
  readonly type: string;
  readonly object: string;
  readonly status: string;
  readonly attempts: number;
  readonly last: { readonly detail: string; readonly attempted_at: string } | null;
  readonly next_at: string | null;
};

export function endpointsText(endpoints: readonly Endpoint[]): readonly string[] {
  if (endpoints.length === 0)
    return ["There is no endpoint: make one by POST /v1/webhook-endpoints, or in a document."];
  const rows = endpoints.map((each) => [
    each.endpoint,
    each.url,
    each.events.length === 0 ? "everything" : each.events.join(" "),
    each.waits_for === null ? "yes" : `waits for ${each.waits_for}`,
    String(each.secret?.number ?? "-"),
    String(each.pending),
    String(each.dead),
  ]);
  const columns = ["endpoint", "address", "is told of", "is served", "secret"];
  return table(
    [
      ...columns.map((title) => ({ title })),
      { title: "pending", align: "right" },
      { title: "dead", align: "right" },
    ],
    rows,
  );
}

export function deliveriesText(deliveries: readonly Delivery[]): readonly string[] {
  if (deliveries.length === 0) return ["There is no such message."];
  const rows = deliveries.map((each) => [
    each.message,
    each.endpoint,
    each.type,
    each.status,
    String(each.attempts),
    each.last?.attempted_at ?? "",
    each.next_at ?? "",
    each.last?.detail ?? "",
  ]);
  const titles = ["message", "endpoint", "type", "status", "attempts", "last", "next", "why"];
  return table(
    titles.map((title) => ({ title })),
    rows,
  );
}
