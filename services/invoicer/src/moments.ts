import { parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { about, queryText, unfit } from "@tallybook/service";
import type { HttpRequest, JsonSchema } from "@tallybook/service";

import type { Archive } from "./archive.ts";
import { archiveUntil } from "./archive.ts";

const time: JsonSchema = { type: "string", format: "date-time" };

/** What every GET of invoices takes: `query: { ...momentQuery }`. */
export const momentQuery: Readonly<Record<"as_of" | "known_at", JsonSchema>> = {
  as_of: about("RFC 3339: what there was by the cuts up to then; all there is unless given.", time),
  known_at: about(
    "The same: an invoice holds from the cut by which it is known. Of what lies before the last cut the answer is the same for ever.",
    time,
  ),
};

/** What a request asks about by `as_of` and `known_at`. Throws a Problem (400) for what is no time. */
export function archiveAsked(archive: Archive, tenant: string, request: HttpRequest): Archive {
  const moment = momentAsked(request);
  return moment === undefined ? archive : archiveUntil(archive, tenant, moment);
}

/** The earlier of `as_of` and `known_at`; undefined where neither is given. Throws a Problem (400) for what is no time. */
export function momentAsked(request: HttpRequest): Micros | undefined {
  const times = ["as_of", "known_at"].flatMap((name) => timeAsked(request, name) ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** A time of the query; undefined where it is not given. Throws a Problem (400) for what is none. */
export function timeAsked(request: HttpRequest, name: string): Micros | undefined {
  const given = queryText(request, name);
  if (given === undefined) return undefined;
  const time = parseTime(given);
  if (time !== undefined) return time;
  throw unfit(name, "it must be a time with its zone, such as 2023-11-01T00:00:00Z (a + is %2B)");
}
