import type { UsageReported } from "./facts.ts";

/**
 * What reading a record lost without a word, or null. Bytes that are no UTF-8 come out as U+FFFD, so that two ids could
 * become one; and no object can hold a property that is named __proto__. Either changes how often a text stands there.
 */
export function lostInReading(event: UsageReported, record: Uint8Array): string | null {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const text = textsOf(event).join("\n");
  if (timesIn(text, "\ufffd") !== timesIn(bytes, "\ufffd")) return "its text is not UTF-8";
  if (timesIn(text, "__proto__") !== timesIn(bytes, "__proto__"))
    return "it has a property named __proto__";
  return null;
}

function textsOf(event: UsageReported): string[] {
  const { tenant, source, id, type, customer, subscription, door, api_key, target } = event;
  const names = [tenant, source, id, type, customer, subscription, door, api_key, target];
  const properties = Object.entries(event.properties).flat();
  return [...names.map((name) => name ?? ""), ...properties, ...Object.keys(event.personal)];
}

function timesIn(text: string | Buffer, word: string): number {
  let times = 0;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) times += 1;
  return times;
}
