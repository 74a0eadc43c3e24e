import { formatTime, MICROS_PER_SECOND, timesEnd } from "@tallybook/periods";
import { flawOf, isJsonNumber, numberText, type Json } from "./json.ts";

/** What a number that is a time counts since 1970; by its size, seconds are those below 1e11, which is the year 5138. */
export type Epoch = "seconds" | "milliseconds" | "told_by_size";

const microsPerMilli = 1_000;
const sizeOfMillis = 1e11;

/**
 * A time as our own form writes it: of a number, also one in quotes, the time that it counts, to the microsecond; anything
 * else stays what it is, for the reader of the event to judge.
 */
export function timeText(value: Json, epoch: Epoch): Json {
  const text = isJsonNumber(value) && flawOf(value) === undefined ? numberText(value) : value;
  if (typeof text !== "string") return value;
  const [, whole, fraction = ""] = /^(\d{1,17})(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return value;
  const isMillis =
    epoch === "milliseconds" || (epoch === "told_by_size" && Number(whole) >= sizeOfMillis);
  const [unit, digits] = isMillis ? [microsPerMilli, 3] : [MICROS_PER_SECOND, 6];
  const micros = Number(whole) * unit + Number(fraction.slice(0, digits).padEnd(digits, "0"));
  return micros < timesEnd ? formatTime(micros) : value;
}
