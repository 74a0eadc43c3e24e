import { skipSpace, stringEnd, valueEnd } from "./scan.ts";

/**
 * A JSON value whose numbers are exact. A number literal becomes a JavaScript number only where that number's shortest
 * text is the literal's value (at most 15 significant digits, no extreme exponent); every other one is a `LongNumber`.
 * Read both with `numberText`. Of members with the same name the last wins, as in JSON.parse.
 */
export type Json = null | boolean | string | number | LongNumber | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** A number literal that no JavaScript number holds exactly. */
export class LongNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** What makes a readable JSON value unfit; `path` is empty at the root, else like `properties.sizes[3]`. */
export interface Flaw {
  readonly path: string;
  readonly reason: "nested_too_deep" | "forbidden_name" | "lone_surrogate" | "number_out_of_range";
  readonly detail: string;
}

export const depthMax = 32;
/** Digits before the point, and after it. */
export const numberDigitsMax = 400;

/** Reads JSON text without ever rounding a number. Says nothing of the values themselves: see `flawOf`. */
export function parseJson(text: string): { ok: true; value: Json } | { ok: false; why: string } {
  try {
    const value = JSON.parse(text) as Json;
    return { ok: true, value: mayHoldLongNumber.test(text) ? readExactly(text) : value };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, why: `not JSON: ${error.message}` };
    throw error;
  }
}

/** The first thing in a value that must not travel further, if there is one. */
export function flawOf(value: Json): Flaw | undefined {
  return flawAt(value, 0);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof LongNumber)
  );
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonNumber(value: Json | undefined): value is number | LongNumber {
  return typeof value === "number" || value instanceof LongNumber;
}

/**
 * The number in plain decimal notation: no exponent, no zeros to spare, `0` for `-0`.
 * Throws a RangeError where `flawOf` finds the number out of range.
 */
export function numberText(value: number | LongNumber): string {
  const text = plainText(value);
  if (text === undefined) throw new RangeError("number out of range");
  return text;
}

/** The value as JSON text that depends on nothing but the value: names sorted by UTF-16 code units, plain numbers. */
export function canonicalJson(value: Json): string {
  if (isJsonNumber(value)) return numberText(value);
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/**
 * True for every text that holds a number literal of 16 or more significant digits, or an exponent of three or more
 * digits: below both a double's shortest text is the literal's value. Also true for some texts whose strings look so.
 */
const mayHoldLongNumber = /[\d.]{16,}|\d[eE][+-]?\d{3,}(?![^\s,\]}])/;

/** Levels that are read in full. Far more than `depthMax`, since a flaw's depth counts from the item, not the body. */
const levelsRead = 2 * depthMax;

/**
 * Reads a text that is known to be JSON. `JSON.parse` with a reviver would show the literals as well, but recurses as deep
 * as the text does; here, what stands too deep is left out, which is a flaw in any case.
 */
function readExactly(text: string): Json {
  let at = 0;

  function readValue(level: number): Json {
    at = skipSpace(text, at);
    const start = at;
    const first = text[start];
    if ((first === "[" || first === "{") && level < levelsRead) {
      at += 1;
      return first === "[" ? readElements(level) : readMembers(level);
    }
    at = valueEnd(text, start);
    if (first === "[" || first === "{") return [];
    const source = text.slice(start, at);
    return isLong(source) ? new LongNumber(source) : (JSON.parse(source) as Json);
  }

  function readElements(level: number): Json[] {
    const elements: Json[] = [];
    while (!isAtEnd("]")) elements.push(readValue(level + 1));
    return elements;
  }

  function readMembers(level: number): JsonObject {
    const members: [string, Json][] = [];
    while (!isAtEnd("}")) {
      const nameEnd = stringEnd(text, at);
      const name = JSON.parse(text.slice(at, nameEnd)) as string;
      at = skipSpace(text, nameEnd) + 1;
      members.push([name, readValue(level + 1)]);
    }
    return Object.fromEntries(members);
  }

  /** Goes over a comma, or the bracket that ends the list. */
  function isAtEnd(bracket: string): boolean {
    at = skipSpace(text, at);
    if (text[at] === ",") at = skipSpace(text, at + 1);
    if (text[at] !== bracket) return false;
    at += 1;
    return true;
  }

  return readValue(0);
}

function isLong(source: string): boolean {
  return source[0] !== '"' && mayHoldLongNumber.test(source);
}

function flawAt(value: Json, depth: number): Flaw | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : loneSurrogate;
  if (value === null || typeof value === "boolean") return undefined;
  if (isJsonNumber(value)) return plainText(value) === undefined ? outOfRange : undefined;
  if (depth === depthMax) return tooDeep;
  if (isJsonArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const flaw = flawAt(value[i] ?? null, depth + 1);
      if (flaw !== undefined) return { ...flaw, path: `[${i}]${joint(flaw.path)}` };
    }
    return undefined;
  }
  for (const name of Object.keys(value)) {
    if (name === "__proto__") return forbiddenName;
    if (!name.isWellFormed()) return loneSurrogate;
    const flaw = flawAt(value[name] ?? null, depth + 1);
    if (flaw !== undefined) return { ...flaw, path: name + joint(flaw.path) };
  }
  return undefined;
}

function joint(path: string): string {
  return path === "" || path.startsWith("[") ? path : `.${path}`;
}

const loneSurrogate: Flaw = {
  path: "",
  reason: "lone_surrogate",
  detail: "holds half of a surrogate pair, which no UTF-8 text can carry",
};
const outOfRange: Flaw = {
  path: "",
  reason: "number_out_of_range",
  detail: `has more than ${numberDigitsMax} digits before or after the decimal point`,
};
const tooDeep: Flaw = {
  path: "",
  reason: "nested_too_deep",
  detail: `is nested deeper than ${depthMax} levels`,
};
const forbiddenName: Flaw = {
  path: "",
  reason: "forbidden_name",
  detail: "has a member named __proto__",
};

function plainText(value: number | LongNumber): string | undefined {
  if (typeof value === "number") {
    const text = String(value);
    return text.includes("e") ? plainDecimal(text) : text;
  }
  return plainDecimal(value.source);
}

const numberParts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function plainDecimal(source: string): string | undefined {
  const parts = numberParts.exec(source);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first === -1) return "0";
  let last = all.length;
  while (all[last - 1] === "0") last--;
  const digits = all.slice(first, last);
  const point = whole.length - first + Number(exponent);
  if (!(point <= numberDigitsMax && digits.length - point <= numberDigitsMax)) return undefined;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  return `${sign}0.${"0".repeat(-point)}${digits}`;
}
