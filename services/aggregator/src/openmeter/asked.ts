import { unfit } from "@tallybook/service";

/** What a query of a meter says, as its address or its body has it. */
export interface MeterQuery {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly windowSize: string | undefined;
  readonly windowTimeZone: string | undefined;
  readonly groupBy: readonly string[];
  /** Undefined: of all of them, and not told apart. */
  readonly subject: readonly string[] | undefined;
  readonly filterCustomerId: readonly string[] | undefined;
  /** Values that are meant, by dimension. */
  readonly filterGroupBy: ReadonlyMap<string, readonly string[]>;
}

type Given = Readonly<Record<string, unknown>>;

/** Lists stand there as a name that is repeated; those of names also as one text with commas. */
export function askedInAddress(query: Given): MeterQuery {
  const filters = Object.entries(query).flatMap(([name, value]) => {
    const [, dimension] = /^filterGroupBy\[(.+)\]$/.exec(name) ?? [];
    return dimension === undefined ? [] : [[dimension, textsOf(name, value)] as const];
  });
  refuseAdvanced(query);
  const groupBy = query["groupBy"] ?? query["groupBy[]"];
  return {
    ...wholeOf(query),
    groupBy: groupBy === undefined ? [] : textsOf("groupBy", groupBy).flatMap(namesIn),
    subject: listOf(query, "subject"),
    filterCustomerId: listOf(query, "filterCustomerId"),
    filterGroupBy: new Map(filters),
  };
}

/** A body of POST: its lists are lists. */
export function askedInBody(body: unknown): MeterQuery {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw unfit("body", "it must be a JSON object");
  const given = body as Given;
  refuseAdvanced(given);
  const filters = given["filterGroupBy"] ?? {};
  if (typeof filters !== "object" || Array.isArray(filters))
    throw unfit("filterGroupBy", "it must be an object of lists of values");
  return {
    ...wholeOf(given),
    groupBy: listOf(given, "groupBy") ?? [],
    subject: listOf(given, "subject"),
    filterCustomerId: listOf(given, "filterCustomerId"),
    filterGroupBy: new Map(
      Object.entries(filters).map(([name, value]) => [
        name,
        textsOf(`filterGroupBy.${name}`, value),
      ]),
    ),
  };
}

function wholeOf(given: Given) {
  return {
    from: textOf(given, "from"),
    to: textOf(given, "to"),
    windowSize: textOf(given, "windowSize"),
    windowTimeZone: textOf(given, "windowTimeZone"),
  };
}

function refuseAdvanced(given: Given): void {
  const name = Object.keys(given).find((each) => each.startsWith("advancedMeterGroupByFilters"));
  if (name !== undefined) throw unfit(name, "it is not read here: use filterGroupBy");
}

function textOf(given: Given, name: string): string | undefined {
  const value = given[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw unfit(name, "it must be one text");
}

function listOf(given: Given, name: string): readonly string[] | undefined {
  const value = given[name] ?? given[`${name}[]`] ?? undefined;
  return value === undefined ? undefined : textsOf(name, value);
}

function textsOf(name: string, value: unknown): readonly string[] {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const texts = list.filter((each) => typeof each === "string");
  if (texts.length < list.length) throw unfit(name, "it must be a text, or several");
  return texts;
}

function namesIn(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}
