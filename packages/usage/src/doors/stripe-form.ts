import { readForm } from "../form-body.ts";
import { isJsonObject } from "../json.ts";
import type { Failed, Split } from "./door.ts";
import type { DoorRequest } from "./request.ts";
import { itemsOf, unreadable } from "./split.ts";

/** The one item of a form, as v1 of Stripe's API takes it. */
export function formItem(request: DoorRequest): Split {
  const read = readForm(request.body);
  if (!read.ok) return unreadable({ reason: "not_a_form", detail: `the body ${read.detail}` });
  const { value } = read;
  return itemsOf([{ index: 0, read: { ok: true, value }, source: () => request.body }], false);
}

/** Gives each event without an identifier the one of its request, the same whenever that is sent. */
export function withIdentifiers(split: Split, keyOf: (index: number) => string): Split {
  if (split.kind !== "items") return split;
  const items = split.items.map((item) => {
    if (!item.read.ok || !isJsonObject(item.read.value)) return item;
    const { value } = item.read;
    if ((value["identifier"] ?? null) !== null) return item;
    return {
      ...item,
      read: { ok: true as const, value: { ...value, identifier: keyOf(item.index) } },
    };
  });
  return { ...split, items };
}

/** Its client in Node takes any JSON object without a member `error` for success, whatever the status is. */
export function stripeFailure({ status, detail, reason, field }: Failed): object {
  return {
    error: {
      type: status >= 500 ? "api_error" : "invalid_request_error",
      message: detail,
      ...(reason === undefined ? {} : { code: reason }),
      ...(field === undefined || field === null ? {} : { param: field }),
    },
  };
}
