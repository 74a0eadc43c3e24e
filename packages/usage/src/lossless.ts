import type { UsageReported } from "./facts.ts";

const replacement = "\ufffd";
const unholdable = "__proto__";

/**
 * What reading a record lost without a word, or null. Bytes that are no UTF-8 come out as U+FFFD, so that two ids could
 * become one; and no object can hold a property that is named __proto__. Either changes how often a text stands there.
 */
export function lostInReading(event: UsageReported, record: Uint8Array): string | null {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  // Hardly any event has either: then nothing was lost, and nothing has to be counted.
  if (hasReplacement(event) && timesIn(textOf(event), replacement) !== timesIn(bytes, replacement))
    return "its text is not UTF-8";
  if (
    bytes.includes(unholdable) &&
    timesIn(textOf(event), unholdable) !== timesIn(bytes, unholdable)
  )
    return "it has a property named __proto__";
  return null;
}

function hasReplacement(event: UsageReported): boolean {
  const { tenant, source, id, type, customer, subscription, door, api_key, target } = event;
  if (isReplaced(tenant) || isReplaced(source) || isReplaced(id) || isReplaced(type)) return true;
  if (isReplaced(customer) || isReplaced(subscription) || isReplaced(door)) return true;
  if (isReplaced(api_key) || isReplaced(target) || isReplaced(event.backfill)) return true;
  if (isReplaced(event.correction?.reason ?? null)) return true;
  const { properties, personal } = event;
  for (const name in properties) {
    if (isReplaced(name) || isReplaced(properties[name] ?? null)) return true;
  }
  for (const name in personal) if (isReplaced(name)) return true;
  return false;
}

function isReplaced(text: string | null): boolean {
  return text !== null && text.includes(replacement);
}

function textOf(event: UsageReported): string {
  const { tenant, source, id, type, customer, subscription, door, api_key, target } = event;
  const reason = event.correction?.reason ?? null;
  const head = [tenant, source, id, type, customer, subscription, door, api_key, target, reason];
  const names = [...head, event.backfill];
  const properties = Object.entries(event.properties).flat();
  const texts = [...names.map((name) => name ?? ""), ...properties, ...Object.keys(event.personal)];
  return texts.join("\n");
}

function timesIn(text: string | Buffer, word: string): number {
  let times = 0;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) times += 1;
  return times;
}
