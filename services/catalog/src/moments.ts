import type { Catalog } from "@tallybook/catalog";
import { formatTime, parseTime, type Micros } from "@tallybook/periods";
import {
  about,
  type HttpRequest,
  type JsonSchema,
  Problem,
  queryText,
  unfit,
} from "@tallybook/service";
import { versionAt } from "@tallybook/usage";
import type { Registry } from "./registry.ts";

/** What a request of an object asks about: the catalog as it was known, and the time at which it shall hold. */
export interface Moment {
  readonly catalog: Catalog;
  /** Undefined where none is asked for: then the last version is told. */
  readonly asOf: Micros | undefined;
  /** For what depends on the time and not on versions: that one, or when it was known, or now. */
  readonly at: Micros;
}

/** What every GET of objects takes: `query: { ...momentQuery }`. */
export const momentQuery: Readonly<Record<string, JsonSchema>> = {
  as_of: about("RFC 3339: what was, is or will be in effect then; the last version unless given.", {
    type: "string",
    format: "date-time",
  }),
  known_at: about(
    "As it was known then: RFC 3339, or a `catalog_offset` as a command was answered with it. Of a moment that has passed the answer is the same for ever.",
    {
      anyOf: [
        { type: "string", format: "date-time" },
        { type: "integer", minimum: 0 },
      ],
    },
  ),
};

/** Throws a Problem (400) for times that are none, or that nobody can know of yet. */
export function momentOf(request: HttpRequest, registry: Registry): Moment {
  const asOf = timeIn(request, "as_of");
  const catalog = knownAt(request, registry);
  return { catalog, asOf, at: asOf ?? knownTime(request, registry) ?? registry.now() };
}

/** The version in effect at a time, of equal ones the later; the last one where no time is asked for. */
export function inEffect<
  Version extends { readonly effective_at: Micros; readonly version: number },
>(versions: readonly Version[] | undefined, asOf: Micros | undefined): Version | undefined {
  return asOf === undefined ? versions?.at(-1) : versionAt(versions ?? [], asOf);
}

/** 404: it is there, and not yet in effect at the time that was asked for. */
export function notYet(what: string, { asOf = 0 }: Moment): Problem {
  const detail = `${what} was not in effect at ${formatTime(asOf)}: ask for a later as_of.`;
  return new Problem({ status: 404, title: "Not Found", detail });
}

function knownAt(request: HttpRequest, registry: Registry): Catalog {
  const given = queryText(request, "known_at");
  if (given === undefined) return registry.catalog();
  if (/^\d{1,15}$/.test(given)) return knownAtOffset(Number(given), registry);
  const time = timeIn(request, "known_at") ?? 0;
  if (time > registry.now()) {
    throw unfit(
      "known_at",
      `it is ${formatTime(registry.now())}: what will be known is not known yet`,
    );
  }
  return registry.knownAt(time);
}

/** So that an answer of what was known stays the same. */
function knownTime(request: HttpRequest, registry: Registry): Micros | undefined {
  const given = queryText(request, "known_at");
  const isOffset = given !== undefined && /^\d{1,15}$/.test(given);
  return isOffset ? registry.recordedAt(Number(given)) : timeIn(request, "known_at");
}

function knownAtOffset(offset: number, registry: Registry): Catalog {
  const { offset: end } = registry.catalog();
  if (offset < end) return registry.knownBelow(offset + 1);
  throw unfit("known_at", `the last catalog_offset is ${end - 1}: there is nothing behind it yet`);
}

function timeIn(request: HttpRequest, name: string): Micros | undefined {
  const given = queryText(request, name);
  if (given === undefined) return undefined;
  const time = parseTime(given);
  if (time !== undefined) return time;
  throw unfit(name, "it must be a time with its zone, such as 2023-11-01T00:00:00Z (a + is %2B)");
}
