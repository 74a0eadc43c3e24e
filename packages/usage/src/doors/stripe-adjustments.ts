import { createHash } from "node:crypto";
import { formatTime } from "@tallybook/periods";
import { readEvent, type EventRead } from "../event.ts";
import { isJsonObject, type Json } from "../json.ts";
import { usualBodyBytesMax, type Door } from "./door.ts";
import { oneItem } from "./split.ts";
import { formItem, stripeFailure } from "./stripe-form.ts";

const adjustments = {
  bodyBytesMax: usualBodyBytesMax,
  read: readCancellation,
  fieldOf,
  failure: stripeFailure,
} as const;

/**
 * Stripe's adjustments, of which there is one: to cancel the event with an identifier. It becomes a retraction, for as long as the event can be
 * corrected; Stripe itself takes it within 24 hours.
 */
export const stripeAdjustments: Door = {
  ...adjustments,
  name: "stripe_adjustments",
  summary: "Stripe's adjustments of v1, which cancel a meter event",
  paths: { "/v1/billing/meter_event_adjustments": ["application/x-www-form-urlencoded"] },
  split: formItem,
  success([taken]) {
    if (taken?.ok !== true) return { status: 200, body: {} };
    const body = { object: "billing.meter_event_adjustment", ...viewOf(taken.item.read) };
    return { status: 200, body };
  },
};

export const stripeAdjustmentsV2: Door = {
  ...adjustments,
  name: "stripe_adjustments_v2",
  summary: "Stripe's adjustments of v2, which cancel a meter event",
  paths: { "/v2/billing/meter_event_adjustments": ["application/json"] },
  split: (request) => oneItem(request),
  success([taken]) {
    if (taken?.ok !== true) return { status: 200, body: {} };
    const { id, received_at } = taken.event;
    const body = {
      id: `mtradj_${createHash("sha256").update(id).digest("hex").slice(0, 24)}`,
      object: "v2.billing.meter_event_adjustment",
      created: formatTime(received_at ?? 0),
      ...viewOf(taken.item.read),
    };
    return { status: 200, body };
  },
};

/** Sent again it has the same id, and counts once. */
function readCancellation(item: Json, context: Parameters<typeof readEvent>[1]): EventRead {
  if (!isJsonObject(item)) return fault(null, "not_an_object", "an adjustment is an object");
  const { event_name = null, type = null, cancel = null } = item;
  if (typeof event_name !== "string" || event_name === "")
    return fault("event_name", "missing", "is missing: it names the meter event");
  if (type !== "cancel") return fault("type", "unsupported", "is not `cancel`, the one there is");
  const identifier = isJsonObject(cancel) ? (cancel["identifier"] ?? null) : null;
  if (typeof identifier !== "string" || identifier === "")
    return fault("cancel.identifier", "missing", "is missing: it names the event");
  const read = readEvent(
    {
      id: `cancel:${identifier}`,
      retracts: identifier,
      reason: "cancelled by a meter event adjustment",
    },
    context,
  );
  return read.ok || read.field === null ? read : { ...read, field: fieldOf(read.field) };
}

function fieldOf(field: string): string {
  return field === "id" || field === "retracts" ? "cancel.identifier" : field;
}

function viewOf(read: { readonly ok: boolean; readonly value?: Json }): object {
  const { event_name, cancel } = isJsonObject(read.value) ? read.value : {};
  return { event_name, type: "cancel", cancel, status: "pending", livemode: true };
}

function fault(field: string | null, reason: string, detail: string): EventRead {
  return { ok: false, field, reason, detail };
}
