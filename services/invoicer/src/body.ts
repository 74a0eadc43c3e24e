import { textFault } from "@tallybook/catalog";
import type { DecimalText } from "@tallybook/money";
import { parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";

const textMax = 1_000;

/**
 * Reads a body of JSON whose fields have these names. What does not fit is noted, and something harmless read instead, until `done`
 * throws a Problem that says everything that is wrong. Throws one (400) for a body that is no object.
 */
export function readerOf(body: unknown, names: readonly string[]) {
  const errors: { field: string; reason: string; detail: string }[] = [];
  const members = membersIn(body);
  function refuse(field: string, detail: string): void {
    errors.push({ field, reason: "unfit", detail });
  }
  for (const name of Object.keys(members))
    if (!names.includes(name))
      refuse(name, `there is no such field here; there are ${names.join(", ")}`);
  const read = {
    refuse,
    value: (name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined),
    /** In somebody's own words. */
    text(name: string): string {
      const value = read.value(name);
      if (typeof value === "string" && value.trim() !== "" && value.length <= textMax) return value;
      refuse(name, `give a text of 1 to ${textMax} characters`);
      return "";
    },
    /** What something is named with; the fallback where it is not given. */
    id(name: string, fallback?: string): string {
      const value = read.value(name) ?? fallback;
      if (value === fallback && fallback !== undefined) return fallback;
      const fault =
        typeof value === "string" ? textFault(value, "id")?.detail : "it must be given, as a text";
      if (fault === undefined) return value as string;
      refuse(name, fault);
      return "";
    },
    ids(name: string): readonly string[] {
      const value = read.value(name) ?? [];
      const isList =
        Array.isArray(value) &&
        value.length <= idsMax &&
        value.every((each) => typeof each === "string" && textFault(each, "id") === undefined);
      if (isList) return value as string[];
      refuse(name, `give a list of at most ${idsMax} texts`);
      return [];
    },
    /** Minor units, above zero, as text: a number in JSON may have lost digits. */
    minor(name: string): DecimalText {
      const value = read.value(name);
      if (typeof value === "string" && /^[1-9]\d{0,29}$/.test(value)) return value;
      refuse(name, 'give minor units above zero as text, such as "1250"');
      return "1";
    },
    /** A moment that has been; `now` where it is not given. */
    past(name: string, now: Micros): Micros {
      const value = read.value(name);
      if (value === undefined) return now;
      const time = typeof value === "string" ? parseTime(value) : undefined;
      if (time === undefined) refuse(name, "give a time of RFC 3339 with a zone");
      else if (time > now) refuse(name, "it is in the future: record it when it has happened");
      return Math.min(time ?? now, now);
    },
    done(): void {
      const [first] = errors;
      if (first === undefined) return;
      const detail = `${first.field}: ${first.detail}`;
      throw new Problem({ status: 422, title: "Unfit request", detail, members: { errors } });
    },
  };
  return read;
}

const idsMax = 1_000;

function membersIn(body: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.isBuffer(body) ? body.toString() : "");
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: "The body must be an object in JSON.",
  });
}
