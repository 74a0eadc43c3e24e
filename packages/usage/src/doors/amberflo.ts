import { timeText } from "../epoch.ts";
import { readEvent, type EventRead } from "../event.ts";
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "../json.ts";
import { usualBodyBytesMax, type Door, type DoorContext } from "./door.ts";
import { nameAt } from "./mapping.ts";
import { listOfItems, oneItem } from "./split.ts";

/**
 * Amberflo's meter events, alone or as a list. What its events are counted by is `meterValue`, a property here as any other: its Count adds it
 * up, so a meter that sums it is what Amberflo calls a count. The meter is a part of the identity, as it is there. Its client
 * takes 200 for success, and sends again at any other 2xx.
 */
export const amberflo: Door = {
  name: "amberflo",
  summary: "Amberflo's meter events, alone or as a list",
  paths: { "/ingest": ["application/json"] },
  bodyBytesMax: usualBodyBytesMax,
  maps: ["customer", "subscription"],
  split(request) {
    const read = request.json();
    if (read.ok && !isJsonArray(read.value)) return oneItem(request);
    return listOfItems(request, {
      listIn: (body) => (isJsonArray(body) ? body : undefined),
      detail: "a batch is a list of meter events",
    });
  },
  read: readMeterEvent,
  fieldOf,
  again: (body) => ({ path: "/ingest", type: "application/json", body }),
  success: () => ({ status: 200, body: { message: "Ingest request accepted" } }),
};

const valueProperty = "meterValue";

function readMeterEvent(item: Json, context: DoorContext): EventRead {
  if (!isJsonObject(item)) return fault(null, "not_an_object", "a meter event is an object");
  const { meterApiName = null, meterValue = null, dimensions = null } = item;
  if (meterValue === null) return fault(valueProperty, "missing", "is missing");
  if (dimensions !== null && !isJsonObject(dimensions))
    return fault("dimensions", "wrong_type", "is not an object");
  if (Object.hasOwn(dimensions ?? {}, valueProperty))
    return fault(`dimensions.${valueProperty}`, "not_allowed", "is the name of the value");
  const { customer, subscription } = context.mapping;
  const read = readEvent(
    {
      id: item["uniqueId"] ?? null,
      // The same uniqueId of two meters is of two events.
      source: meterApiName,
      type: meterApiName,
      customer: customer === null ? (item["customerId"] ?? null) : nameAt(item, customer),
      subscription: subscription === null ? null : nameAt(item, subscription),
      time: timeText(item["meterTimeInMillis"] ?? null, "milliseconds"),
      properties: propertiesOf(meterValue, dimensions),
    },
    context,
  );
  return read.ok || read.field === null ? read : { ...read, field: fieldOf(read.field) };
}

function propertiesOf(meterValue: Json, dimensions: JsonObject | null): JsonObject {
  return { ...dimensions, [valueProperty]: meterValue };
}

function fieldOf(field: string): string {
  const [name = ""] = /^\w+/.exec(field) ?? [];
  if (field === `properties.${valueProperty}`) return valueProperty;
  const own = fieldByNative[name];
  return own === undefined ? field : own + field.slice(name.length);
}

const fieldByNative: Readonly<Record<string, string>> = {
  id: "uniqueId",
  source: "meterApiName",
  type: "meterApiName",
  customer: "customerId",
  time: "meterTimeInMillis",
  properties: "dimensions",
};

function fault(field: string | null, reason: string, detail: string): EventRead {
  return { ok: false, field, reason, detail };
}
