import { decimal, type Decimal, type Ratio, ratioOf, readQuantity } from "@tallybook/money";
import { type Json, type Given, Refused } from "./case.ts";

/** An exact number that an adapter hands back, to be compared with a text of some digits. */
export class Exact {
  readonly ratio: Ratio;
  constructor(ratio: Ratio) {
    this.ratio = ratio;
  }
}

/** What an adapter hands back: the form of `expect`, with exact numbers. It may say more than a case asks. */
export type Got =
  | Exact
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Got[]
  | { readonly [key: string]: Got };

export function exact(ratio: Ratio): Exact {
  return new Exact(ratio);
}

export function exactly(number: Decimal): Exact {
  return new Exact(ratioOf(number));
}

/** The fields of a case, read by name. */
export class Fields {
  readonly given: Given;
  constructor(given: Json | undefined) {
    if (!isObject(given)) throw new TypeError(`no object: ${JSON.stringify(given)}`);
    this.given = given;
  }

  has(name: string): boolean {
    return this.given[name] !== undefined && this.given[name] !== null;
  }

  text(name: string): string {
    const found = this.given[name];
    if (typeof found === "string") return found;
    if (typeof found === "number") return String(found);
    throw new TypeError(`${name} is no text: ${JSON.stringify(found)}`);
  }

  textOr(name: string, fallback: string): string {
    return this.has(name) ? this.text(name) : fallback;
  }

  number(name: string): Decimal {
    return numberOf(this.given[name], name);
  }

  numberOr(name: string, fallback: string): Decimal {
    return this.has(name) ? this.number(name) : decimal(fallback);
  }

  numberOrNull(name: string): Decimal | null {
    return this.has(name) ? this.number(name) : null;
  }

  whole(name: string): number {
    const found = this.text(name);
    if (/^-?\d{1,15}$/.test(found)) return Number(found);
    throw new TypeError(`${name} is no whole number: ${JSON.stringify(found)}`);
  }

  wholeOrNull(name: string): number | null {
    return this.has(name) ? this.whole(name) : null;
  }

  flag(name: string): boolean {
    return this.given[name] === true;
  }

  fields(name: string): Fields {
    return new Fields(this.given[name]);
  }

  list(name: string): readonly Json[] {
    const found = this.given[name] ?? [];
    if (Array.isArray(found)) return found as readonly Json[];
    throw new TypeError(`${name} is no list: ${JSON.stringify(found)}`);
  }

  numbers(name: string): Decimal[] {
    return this.list(name).map((each) => numberOf(each, name));
  }

  each(name: string): Fields[] {
    return this.list(name).map((each) => new Fields(each));
  }

  names(): string[] {
    return Object.keys(this.given);
  }
}

/** A number as a price or a quantity of ours has to be; anything else is refused. */
export function numberOf(json: Json | undefined, name: string): Decimal {
  const text = typeof json === "number" ? String(json) : json;
  if (typeof text !== "string")
    throw new TypeError(`${name} is no number: ${JSON.stringify(json)}`);
  const read = readQuantity(text);
  if (!read.ok) throw new Refused(`${name}: ${read.why}`);
  return read.value;
}

export function isObject(json: unknown): json is Given {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Numbers by name, such as `{"calls": "12"}`. */
export function numbersByName(fields: Fields): Map<string, Decimal> {
  return new Map(fields.names().map((name) => [name, fields.number(name)]));
}
