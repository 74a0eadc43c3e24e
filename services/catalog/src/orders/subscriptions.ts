import { subscriptionOf } from "@tallybook/catalog";
import type { Fault } from "@tallybook/pricing";
import { isPlainObject, membersOf, type Plain, readBody } from "../body.ts";
import { subscriptionView } from "../views.ts";
import { planned } from "./apply.ts";
import { notFound, type Order } from "./order.ts";

/** `{ end }` */
export function endSubscription(id: string, body: Plain): Order {
  return (catalog, asked) => {
    const known = subscriptionOf(catalog, asked.tenant, id);
    if (known === undefined) return notFound(`there is no subscription ${id}`);
    const faults: Fault[] = [];
    const { end } = membersOf(body, ["end"], faults);
    if (end === null) faults.push({ field: "end", reason: "missing", detail: "it is required" });
    if (faults.length > 0) return { kind: "faulty", faults };
    const read = readBody(JSON.stringify(subscriptionView(known)));
    const ended = { ...(read.ok && isPlainObject(read.value) ? read.value : {}), end };
    return planned({ subscriptions: [ended] }, catalog, asked, "subscriptions[0]");
  };
}
