import {
  cancelFacts,
  changeFacts,
  Faults,
  readChangeAsked,
  readTimeAsked,
  subscriptionOf,
} from "@tallybook/catalog";
import type { Asked, Catalog, CatalogFact, ChangeRead, Subscription } from "@tallybook/catalog";
import type { ChangeAsked } from "@tallybook/catalog";
import { formatTime } from "@tallybook/periods";
import { isPlainObject, type Plain } from "../body.ts";
import { notFound, type Decided, type Order } from "./order.ts";

/** `{ plan, quantity, add_ons, at }`: from a time on it is on other terms. */
export function changeSubscription(id: string, body: Plain): Order {
  return ordered(id, readChangeAsked(body), changeFacts);
}

/** `{ at }`: from then on nothing is billed. */
export function pauseSubscription(id: string, body: Plain): Order {
  return ordered(id, readTimeAsked(body, { paused: true }), changeFacts);
}

/** `{ at }`: from then on it is billed again. */
export function resumeSubscription(id: string, body: Plain): Order {
  return ordered(
    id,
    readTimeAsked(body, { paused: false }),
    (catalog, known, read, asked, faults) => {
      const facts = changeFacts(catalog, known, read, asked, faults);
      const isPaused = known.terms.some(({ paused }) => paused);
      if (facts.length === 0 && !isPaused)
        faults.add(
          "at",
          "not_paused",
          "the subscription is not paused: there is nothing to resume",
        );
      return facts;
    },
  );
}

/** `{ at }`: it ends then. */
export function cancelSubscription(id: string, body: Plain): Order {
  return ordered(id, readTimeAsked(body), cancelFacts);
}

/** `{ end }`: the same, with a time. */
export function endSubscription(id: string, body: Plain): Order {
  const { end, ...rest } = isPlainObject(body) ? body : { end: null };
  const read = readTimeAsked({ ...rest, ...(end === null ? undefined : { at: end }) });
  return ordered(
    id,
    read,
    (catalog, known, { at }, asked, faults) => {
      if (typeof at !== "number")
        faults.add("at", "missing", "it is required: a time with its zone");
      else if (known.end !== null && known.end !== at) {
        const detail = `it is over at ${formatTime(known.end)}: cancel it at another time, or start another one`;
        faults.add("at", "cannot_change", detail);
      } else if (at <= known.start)
        faults.add("at", "not_after_start", "it must be after the start");
      return cancelFacts(catalog, known, { at, change: {} }, asked, faults);
    },
    "end",
  );
}

type Deciding = (
  catalog: Catalog,
  known: Subscription,
  read: ChangeAsked,
  asked: Asked,
  faults: Faults,
) => readonly CatalogFact[];

/** A command to a subscription; `field` is what it calls the time. */
function ordered(id: string, read: ChangeRead, decide: Deciding, field = "at"): Order {
  return (catalog, asked): Decided => {
    const known = subscriptionOf(catalog, asked.tenant, id);
    if (known === undefined) return notFound(`there is no subscription ${id}`);
    const faults = new Faults();
    const facts = read.ok ? decide(catalog, known, read.asked, asked, faults) : [];
    const list = [...(read.ok ? [] : read.faults), ...faults.list()];
    if (list.length === 0) return { kind: "facts", facts };
    const named = list.map((fault) => (fault.field === "at" ? { ...fault, field } : fault));
    return { kind: "faulty", faults: named };
  };
}
