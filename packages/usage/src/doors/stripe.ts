import { formatTime, MICROS_PER_SECOND } from "@tallybook/periods";
import { timeText } from "../epoch.ts";
import { readEvent, type EventRead } from "../event.ts";
import type { UsageReported } from "../facts.ts";
import { isJsonObject, type Json } from "../json.ts";
import { usualBodyBytesMax, type Door, type DoorContext } from "./door.ts";
import { nameAt } from "./mapping.ts";
import { headerOf } from "./request.ts";
import { eventsList, listOfItems, oneItem } from "./split.ts";
import { formItem, stripeFailure, withIdentifiers } from "./stripe-form.ts";

/** To which a session's token gives access. */
export const stripeStreamPath = "/v2/billing/meter_event_stream";

const usualCustomer = "payload.stripe_customer_id";

const meterEvents = {
  bodyBytesMax: usualBodyBytesMax,
  maps: ["customer", "subscription"],
  needsKey: true,
  read: readMeterEvent,
  fieldOf: (field: string) => fieldOf(field, usualCustomer),
  failure: stripeFailure,
} as const;

/**
 * Stripe's meter events of v1. Its client in Node sends again with the same `Idempotency-Key`, so that of an event without an
 * identifier is its identifier.
 */
export const stripe: Door = {
  ...meterEvents,
  name: "stripe",
  summary: "Stripe's meter events of v1, as its SDKs send them",
  paths: { "/v1/billing/meter_events": ["application/x-www-form-urlencoded"] },
  again: (body) => ({
    path: "/v1/billing/meter_events",
    type: "application/x-www-form-urlencoded",
    body,
  }),
  split: (request) =>
    withIdentifiers(formItem(request), () => headerOf(request, "idempotency-key")),
  success([taken]) {
    if (taken?.ok !== true) return { status: 200, body: {} };
    const { received_at } = taken.event;
    const seconds = (micros: number | null) => Math.floor((micros ?? 0) / MICROS_PER_SECOND);
    const body = {
      object: "billing.meter_event",
      created: seconds(received_at),
      ...viewOf(taken.event, taken.item.read),
      timestamp: seconds(taken.event.time ?? received_at),
    };
    return { status: 200, body };
  },
};

/** Stripe's meter events of v2, alone and as a stream. */
export const stripeV2: Door = {
  ...meterEvents,
  name: "stripe_v2",
  mappedAs: "stripe",
  summary: "Stripe's meter events of v2, alone and as a stream",
  paths: {
    "/v2/billing/meter_events": ["application/json"],
    [stripeStreamPath]: ["application/json"],
  },
  again: (body) => ({ path: "/v2/billing/meter_events", type: "application/json", body }),
  split(request) {
    const key = headerOf(request, "idempotency-key");
    if (request.path !== stripeStreamPath) return withIdentifiers(oneItem(request), () => key);
    const detail = 'a stream is { "events": [...] }';
    return withIdentifiers(
      listOfItems(request, { listIn: eventsList, detail }),
      (index) => `${key}:${index}`,
    );
  },
  success([taken], isMany) {
    if (isMany || taken?.ok !== true) return { status: 200, body: {} };
    const { received_at } = taken.event;
    const body = {
      object: "v2.billing.meter_event",
      created: formatTime(received_at ?? 0),
      ...viewOf(taken.event, taken.item.read),
      timestamp: formatTime(taken.event.time ?? received_at ?? 0),
    };
    return { status: 200, body };
  },
};

function readMeterEvent(item: Json, context: DoorContext): EventRead {
  if (!isJsonObject(item)) return fault(null, "not_an_object", "a meter event is an object");
  const { event_name = null, identifier = null, timestamp = null, payload = null } = item;
  if (payload === null) return fault("payload", "missing", "is missing");
  if (!isJsonObject(payload)) return fault("payload", "wrong_type", "is not an object");
  const { subscription, customer } = context.mapping;
  const customerPath = customer ?? usualCustomer;
  const { [inPayload(customerPath)]: _, ...properties } = payload;
  const read = readEvent(
    {
      id: identifier,
      type: event_name,
      customer: nameAt(item, customerPath),
      subscription: subscription === null ? null : nameAt(item, subscription),
      // Seconds since 1970 in v1, RFC 3339 in v2.
      time: timeText(timestamp, "seconds"),
      properties,
    },
    context,
  );
  if (read.ok || read.field === null) return read;
  return { ...read, field: fieldOf(read.field, customerPath) };
}

/** The member of the payload that a path leads to, which is no property as well; empty for another place. */
function inPayload(path: string): string {
  const [root, name = "", ...more] = path.split(".");
  return root === "payload" && more.length === 0 ? name : "";
}

function fieldOf(field: string, customerPath: string): string {
  const [name = ""] = /^\w+/.exec(field) ?? [];
  const own = name === "customer" ? customerPath : fieldByNative[name];
  return own === undefined ? field : own + field.slice(name.length);
}

const fieldByNative: Readonly<Record<string, string>> = {
  id: "identifier",
  type: "event_name",
  time: "timestamp",
  properties: "payload",
};

function viewOf({ id, type }: UsageReported, read: { ok: boolean; value?: Json }): object {
  const payload = isJsonObject(read.value) ? (read.value["payload"] ?? {}) : {};
  return { event_name: type, identifier: id, livemode: true, payload };
}

function fault(field: string | null, reason: string, detail: string): EventRead {
  return { ok: false, field, reason, detail };
}
