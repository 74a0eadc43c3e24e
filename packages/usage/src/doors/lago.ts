import { formatTime } from "@tallybook/periods";
import { timeText } from "../epoch.ts";
import { readEvent, type EventRead } from "../event.ts";
import type { UsageReported } from "../facts.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { stableUuid } from "../stable-uuid.ts";
import { usualBodyBytesMax, type Answer, type Door, type DoorContext, type Taken } from "./door.ts";
import { nameAt, withTokenClasses } from "./mapping.ts";
import { eventsList, listOfItems, oneItem } from "./split.ts";

/**
 * Lago's events: `{ event: … }` alone, `{ events: […] }` in a batch. An event names a subscription, whose customer we know;
 * a name that is no subscription's is the customer's own, as LiteLLM sends it. Its clients send once, and take 200 with the
 * events that were taken for success.
 */
export const lago: Door = {
  name: "lago",
  summary: "Lago's events, alone and in batches, as its clients and LiteLLM send them",
  paths: {
    "/api/v1/events": ["application/json"],
    "/api/v1/events/batch": ["application/json"],
  },
  bodyBytesMax: usualBodyBytesMax,
  maps: ["customer", "subscription", "tokens"],
  split(request) {
    if (request.path.endsWith("/batch"))
      return listOfItems(request, {
        listIn: eventsList,
        detail: 'a batch is { "events": [...] }',
      });
    const read = request.json();
    // OpenMeter's events come to the same path.
    if (!read.ok || !isJsonObject(read.value) || !Object.hasOwn(read.value, "event")) return null;
    return oneItem(request, (body) => (isJsonObject(body) ? (body["event"] ?? null) : null));
  },
  read(item, context) {
    if (!isJsonObject(item))
      return { ok: false, field: null, reason: "not_an_object", detail: "an event is an object" };
    const properties = withTokenClasses(item, propertiesOf(item), context.mapping);
    if (!properties.ok) return properties;
    const { transaction_id = null, code = null, timestamp = null } = item;
    return inItsWords(
      readEvent(
        {
          id: transaction_id,
          type: code,
          ...whoUsed(item, context),
          time: timeText(timestamp, "seconds"),
          properties: properties.properties,
        },
        context,
      ),
    );
  },
  fieldOf,
  again: (item) => ({
    path: "/api/v1/events",
    type: "application/json",
    // One that came alone was kept with what stands around it.
    body: /^\s*\{\s*"event"\s*:/.test(item) ? item : `{"event":${item}}`,
  }),
  success: answerOf,
};

/** The customer, and the subscription where one is named. */
function whoUsed(item: JsonObject, { mapping, ownerOf }: DoorContext): JsonObject {
  const named = item["external_subscription_id"] ?? null;
  const subscription = mapping.subscription === null ? named : nameAt(item, mapping.subscription);
  const owner = typeof subscription === "string" ? ownerOf(subscription) : undefined;
  const said =
    mapping.customer === null
      ? (item["external_customer_id"] ?? null)
      : nameAt(item, mapping.customer);
  if (owner !== undefined) return { customer: said ?? owner, subscription };
  return said === null ? { customer: subscription } : { customer: said, subscription };
}

/** What Lago's dynamic charges sum stands beside its properties. */
function propertiesOf(item: JsonObject): Json {
  const properties = item["properties"] ?? null;
  const amount = item["precise_total_amount_cents"] ?? null;
  if (amount === null || (properties !== null && !isJsonObject(properties))) return properties;
  return { precise_total_amount_cents: amount, ...properties };
}

function inItsWords(read: EventRead): EventRead {
  return read.ok || read.field === null ? read : { ...read, field: fieldOf(read.field) };
}

function fieldOf(field: string): string {
  return Object.hasOwn(fieldByNative, field) ? (fieldByNative[field] ?? field) : field;
}

const fieldByNative: Readonly<Record<string, string>> = {
  id: "transaction_id",
  type: "code",
  customer: "external_subscription_id",
  subscription: "external_subscription_id",
  time: "timestamp",
};

function answerOf(taken: readonly Taken[], isMany: boolean): Answer {
  const events = taken.flatMap((one) => (one.ok ? [viewOf(one.event)] : []));
  return { status: 200, body: isMany ? { events } : { event: events[0] } };
}

function viewOf(event: UsageReported): object {
  const { id, type, customer, subscription, properties, received_at } = event;
  return {
    lago_id: uuidOf(event),
    transaction_id: id,
    lago_customer_id: null,
    code: type,
    timestamp: formatTime(event.time ?? received_at ?? 0),
    precise_total_amount_cents: properties["precise_total_amount_cents"] ?? null,
    properties,
    lago_subscription_id: null,
    external_subscription_id: subscription ?? customer,
    created_at: formatTime(received_at ?? 0),
  };
}

/** The same for the same event, however often it is sent. */
function uuidOf({ tenant, source, id }: UsageReported): string {
  return stableUuid(JSON.stringify([tenant, source, id]));
}
