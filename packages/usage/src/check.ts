import { timesEnd } from "@tallybook/periods";

import type { UsageReported } from "./facts.ts";

export const idBytesMax = 512;
/** Of every other text but properties. */
export const nameBytesMax = 255;
/** Of the reason of a correction. */
export const reasonBytesMax = 1_000;
export const propertiesMax = 100;
/** Of a property's name and value. */
export const propertyBytesMax = 16 * 1024;
/** Of all properties together: an event has to fit into one Kafka record. */
export const propertiesBytesMax = 512 * 1024;

export interface FieldFault {
  readonly reason: string;
  readonly field: string;
  readonly detail: string;
}

/** What is wrong with a reported event, whoever wrote it: the first fault, or undefined. Sizes are in bytes of UTF-8. */
export function checkReported(event: UsageReported): FieldFault | undefined {
  for (const field of ["tenant", "id", "target", "subscription", "backfill"] as const) {
    if (event[field] === "") return { reason: "empty", field, detail: "is empty" };
  }
  for (const field of ["type", "customer"] as const) {
    // What a correction does not say stays as its target said it.
    if (event[field] === "" && event.target === null)
      return { reason: "empty", field, detail: "is empty" };
  }
  for (const field of texts) {
    const bytesMax = field === "id" || field === "target" ? idBytesMax : nameBytesMax;
    const fault = checkText(field, event[field] ?? "", bytesMax);
    if (fault !== undefined) return fault;
  }
  const fault = checkCorrection(event);
  if (fault !== undefined) return fault;
  for (const field of ["time", "received_at"] as const) {
    const time = event[field] ?? 0;
    if (time >= 0 && time < timesEnd) continue;
    const detail = "is not between the years 1970 and 2105";
    return { reason: "out_of_range", field, detail };
  }
  return checkProperties(event.properties);
}

const texts = [
  "tenant",
  "source",
  "id",
  "type",
  "customer",
  "subscription",
  "door",
  "api_key",
  "target",
  "backfill",
] as const;

function checkCorrection(event: UsageReported): FieldFault | undefined {
  const { target, correction } = event;
  if (target === null && correction === null) return undefined;
  if (target === null) {
    return { reason: "missing", field: "target", detail: "is missing: the id that is corrected" };
  }
  if (correction === null || correction.reason === "") {
    return { reason: "missing", field: "reason", detail: "is missing: a correction says why" };
  }
  const fault = checkText("reason", correction.reason, reasonBytesMax);
  if (fault !== undefined) return fault;
  if (!correction.retracts) return undefined;
  const said = (["subscription", "time"] as const).find((field) => event[field] !== null);
  const extra = said ?? (Object.keys(event.properties).length > 0 ? "properties" : undefined);
  if (extra === undefined) return undefined;
  const detail = "has no place in a retraction, which takes the whole event back";
  return { reason: "not_allowed", field: extra, detail };
}

function checkProperties(properties: UsageReported["properties"]): FieldFault | undefined {
  const names = Object.keys(properties);
  if (names.length > propertiesMax) {
    return {
      reason: "too_many",
      field: "properties",
      detail: `${names.length} properties: at most ${propertiesMax}`,
    };
  }
  if (areSurelySmall(names, properties)) return undefined;
  let bytesOfAll = 0;
  for (const name of names) {
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(properties[name] ?? "");
    if (bytes > propertyBytesMax) {
      return {
        reason: "too_long",
        field: `properties.${name.slice(0, 64)}`,
        detail: `${bytes} bytes: at most ${propertyBytesMax}`,
      };
    }
    bytesOfAll += bytes;
  }
  if (bytesOfAll > propertiesBytesMax) {
    const detail = `${bytesOfAll} bytes: at most ${propertiesBytesMax}`;
    return { reason: "too_long", field: "properties", detail };
  }
  return undefined;
}

/** The tenant that a record counts for, whoever wrote it: `unknown` where it names none that could be one. */
export function tenantNamed(tenant: string): string {
  return tenant === "" || Buffer.byteLength(tenant) > nameBytesMax ? "unknown" : tenant;
}

/** Whether all are within their bounds even if each unit of UTF-16 becomes three bytes, the most it can: then nobody counts. */
function areSurelySmall(
  names: readonly string[],
  properties: UsageReported["properties"],
): boolean {
  let unitsOfAll = 0;
  for (const name of names) {
    const units = name.length + (properties[name] ?? "").length;
    if (units * 3 > propertyBytesMax) return false;
    unitsOfAll += units;
  }
  return unitsOfAll * 3 <= propertiesBytesMax;
}

// Control characters would let one identity pass for another (the key joins its parts by U+001F).
function checkText(field: string, text: string, bytesMax: number): FieldFault | undefined {
  // A unit of UTF-16 becomes three bytes at most: nearly every text is so short that nobody has to count.
  const bytes = text.length * 3 <= bytesMax ? 0 : Buffer.byteLength(text);
  if (bytes > bytesMax)
    return { reason: "too_long", field, detail: `${bytes} bytes: at most ${bytesMax}` };
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(text))
    return { reason: "control_character", field, detail: "holds a control character" };
  return undefined;
}
