import {
  addRatios,
  compare,
  decimal,
  ratio,
  type Ratio,
  ratioOf,
  roundHalfUp,
  roundRatio,
  subRatios,
  toText,
  cut,
} from "@tallybook/money";
import type { Json } from "./case.ts";
import { Exact, type Got, isObject } from "./values.ts";

/** Where a result differs from what is expected. */
export interface Difference {
  /** Such as `lines[0].amount`; empty for the whole. */
  readonly at: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Every field that `expect` lists, compared with what came out. Numbers are compared after rounding to the digits that are
 * shown, an amount to two at least; what is called `unrounded` may have been cut instead of rounded by its source.
 */
export function differences(
  expected: Json,
  got: Got,
  unordered: readonly string[] = [],
  at = "",
): Difference[] {
  if (got instanceof Exact) return isSame(expected, got, at) ? [] : [differs(at, expected, got)];
  if (Array.isArray(expected)) {
    const list = expected as readonly Json[];
    if (!Array.isArray(got) || list.length !== got.length) return [differs(at, expected, got)];
    const items = got as readonly Got[];
    const isUnordered = unordered.includes(nameOf(at));
    const ordered = isUnordered ? matched(list, items, unordered) : items;
    return list.flatMap((each, index) =>
      differences(each, ordered[index], unordered, `${at}[${index}]`),
    );
  }
  if (isObject(expected)) {
    if (!isObject(got)) return [differs(at, expected, got)];
    const { rounded, ...listed } = expected;
    const fields = asRounded(got, rounded);
    return Object.entries(listed).flatMap(([name, value]) =>
      differences(value, fields[name], unordered, at === "" ? name : `${at}.${name}`),
    );
  }
  // A count may be written as a number or as a text.
  const isEqual = expected === got || (typeof got === "number" && expected === String(got));
  return isEqual ? [] : [differs(at, expected, got)];
}

/** The source says how it rounded its total before it compared: `2 decimals CEILING`. */
function asRounded(
  got: Readonly<Record<string, Got>>,
  how: Json | undefined,
): Readonly<Record<string, Got>> {
  const total = got["total"];
  if (typeof how !== "string" || !(total instanceof Exact)) return got;
  const mode = /ceil/i.test(how) ? "ceiling" : /floor/i.test(how) ? "floor" : "half_up";
  const digits = Number.parseInt(how, 10);
  return { ...got, total: new Exact(ratioOf(roundRatio(total.ratio, digits, mode))) };
}

/** The items in the order of what is expected: each goes to the first that it equals. */
function matched(
  expected: readonly Json[],
  got: readonly Got[],
  unordered: readonly string[],
): Got[] {
  const left = [...got];
  const places = expected.map((each) => {
    const index = left.findIndex((item) => differences(each, item, unordered).length === 0);
    return index === -1 ? undefined : left.splice(index, 1)[0];
  });
  return places.map((place) => (place === undefined ? left.shift() : place));
}

function isSame(expected: Json, got: Exact, at: string): boolean {
  const text = typeof expected === "number" ? String(expected) : expected;
  if (typeof text !== "string") return false;
  const quotients = sumOfQuotients(text);
  if (quotients !== undefined)
    return toText(roundHalfUp(quotients, 9)) === toText(roundHalfUp(got.ratio, 9));
  if (!/^-?\d+(\.\d+)?$/.test(text)) return false;
  const name = nameOf(at);
  if (name.endsWith("_unrounded")) return isWithinLastDigit(text, got);
  const shown = text.split(".")[1]?.length ?? 0;
  const digits = name.startsWith("average") ? shown : Math.max(shown, 2);
  return compare(roundHalfUp(got.ratio, digits), decimal(text)) === 0;
}

/** A sum such as `12/31+1`, exactly; undefined for any text without a quotient. */
function sumOfQuotients(text: string): Ratio | undefined {
  if (!/^\d+(\/\d+)?([+-]\d+(\/\d+)?)*$/.test(text) || !text.includes("/")) return undefined;
  return [...text.matchAll(/([+-]?)(\d+)(?:\/(\d+))?/g)]
    .map(([, sign = "", num = "", den = "1"]) =>
      ratio(decimal(sign === "-" ? `-${num}` : num), decimal(den)),
    )
    .reduce(addRatios);
}

function isWithinLastDigit(text: string, got: Exact): boolean {
  const digits = text.replace(/0+$/, "").split(".")[1]?.length ?? 0;
  const gap = subRatios(got.ratio, ratioOf(decimal(text)));
  const inLastDigits = ratio(gap.num, gap.den);
  return compare(cut(inLastDigits, digits), decimal("0")) === 0;
}

function differs(at: string, expected: Json, got: Got): Difference {
  return { at, expected: JSON.stringify(expected), got: shown(got) };
}

/** As JSON, with exact numbers cut at twelve decimals. */
export function shown(got: Got): string {
  return (
    JSON.stringify(got, (_key, value: unknown) =>
      value instanceof Exact ? toText(cut(value.ratio, 12)) : value,
    ) ?? "nothing"
  );
}

function nameOf(at: string): string {
  const last = at.split(".").at(-1) ?? "";
  return last.replace(/\[\d+\]$/, "");
}
