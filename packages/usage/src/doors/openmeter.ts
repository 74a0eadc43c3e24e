import { cloudEventField, readCloudEvent } from "../cloud-event.ts";
import { isJsonArray, isJsonObject, type Json } from "../json.ts";
import { usualBodyBytesMax, type Door } from "./door.ts";
import { nameAt, withTokenClasses } from "./mapping.ts";
import { bareList, listOfItems, oneItem, unreadable } from "./split.ts";

/**
 * OpenMeter's events: CloudEvents, one or a list, whatever of its three media types is on it. Its clients send once and take
 * 204 for success, the one in Python no other status.
 */
export const openMeter: Door = {
  name: "openmeter",
  summary: "OpenMeter's events, one or a list, as its SDKs and LiteLLM send them",
  paths: {
    "/api/v1/events": [
      "application/json",
      "application/cloudevents+json",
      "application/cloudevents-batch+json",
    ],
  },
  bodyBytesMax: usualBodyBytesMax,
  maps: ["customer", "subscription", "tokens"],
  split(request) {
    const read = request.json();
    if (!read.ok) return unreadable(read);
    return isJsonArray(read.value)
      ? listOfItems(request, { listIn: bareList, detail: "" })
      : oneItem(request);
  },
  read(item, context) {
    if (!isJsonObject(item)) return readCloudEvent(item, context);
    const { mapping } = context;
    const data = withTokenClasses(item, item["data"] ?? null, mapping);
    if (!data.ok) return data;
    const named: Record<string, Json> = { data: data.properties };
    if (mapping.customer !== null) named["subject"] = nameAt(item, mapping.customer);
    if (mapping.subscription !== null) named["subscription"] = nameAt(item, mapping.subscription);
    return readCloudEvent({ ...item, ...named }, context);
  },
  fieldOf: cloudEventField,
  again: (body) => ({ path: "/api/v1/events", type: "application/json", body }),
  success: () => ({ status: 204, body: null }),
};
