import { type Micros, parseTime } from "@tallybook/periods";
import type { Faults } from "./faults.ts";
import { textFault, type TextRule } from "./texts.ts";

/**
 * One object of a document. What a reader asks of it is what it may hold; every answer that would
 * not be valid is noted as a fault, and something stands in for it until the faults are listed.
 * Null and absent are the same.
 */
export class Entry {
  readonly at: string;
  readonly faults: Faults;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(json: unknown, at: string, faults: Faults) {
    this.at = at;
    this.faults = faults;
    this.#fields = isObject(json) ? json : {};
    if (isObject(json)) return;
    const detail = "it must be an object with named fields";
    faults.add(at === "" ? "document" : at, "not_an_object", detail);
  }

  /** Whether anything stands there; null is nothing. */
  has(key: string): boolean {
    return this.#take(key) !== null;
  }

  /** Whether the field is written down, be it as null. */
  isSaid(key: string): boolean {
    this.#asked.add(key);
    return Object.hasOwn(this.#fields, key);
  }

  /** The fallback where there is none; without a fallback it is required. */
  text(key: string, rule: TextRule, fallback?: string): string {
    return this.textOrNull(key, rule) ?? fallback ?? this.#missing(key, "");
  }

  /** One made of other fields where there is none: it may have become too long. */
  textOrMade(key: string, rule: TextRule, made: string): string {
    return this.textOrNull(key, rule) ?? textOf(made, this.path(key), rule, this.faults);
  }

  /** There is a text, and nothing in it. */
  isEmpty(key: string): boolean {
    return this.#take(key) === "";
  }

  textOrNull(key: string, rule: TextRule): string | null {
    const value = this.#take(key);
    return value === null ? null : textOf(value, this.path(key), rule, this.faults);
  }

  /** A number's text, not yet looked at. */
  number(key: string): string | null {
    const value = this.#take(key);
    if (value === null || typeof value === "string") return value;
    this.fault(key, "not_a_number", "it must be a decimal number such as 0.50");
    return null;
  }

  /** True or false; false where there is none. */
  flag(key: string): boolean {
    const value = this.#take(key);
    if (typeof value === "boolean") return value;
    if (value !== null) this.fault(key, "not_a_flag", "it must be true or false, without quotes");
    return false;
  }

  /** A text, a number's text, true or false. */
  scalar(key: string): string | boolean {
    const value = this.#take(key);
    if (value === null) return this.#missing(key, "");
    return typeof value === "boolean" ? value : textOf(value, this.path(key), "id", this.faults);
  }

  whole(key: string): number {
    return this.wholeOrNull(key) ?? this.#missing(key, 1);
  }

  /** A whole number from 0 to 999,999. */
  wholeOrNull(key: string): number | null {
    const value = this.#take(key);
    if (value === null) return null;
    if (typeof value === "string" && /^\d{1,6}$/.test(value)) return Number(value);
    this.fault(key, "not_whole", "it must be a whole number such as 3");
    return 1;
  }

  time(key: string): Micros {
    return this.timeOrNull(key) ?? this.#missing(key, 0);
  }

  timeOrNull(key: string): Micros | null {
    const value = this.#take(key);
    if (value === null) return null;
    const time = typeof value === "string" ? parseTime(value) : undefined;
    if (time !== undefined) return time;
    const detail = "it must be a time with its zone, such as 2023-11-01T00:00:00Z";
    this.fault(key, "not_a_time", detail);
    return null;
  }

  oneOf<T extends string>(key: string, options: readonly T[]): T | undefined {
    return this.oneOfOrNull(key, options) ?? this.#missing(key, undefined);
  }

  oneOfOrNull<T extends string>(key: string, options: readonly T[]): T | null {
    const value = this.#take(key);
    if (value === null) return null;
    const option = options.find((each) => each === value);
    if (option !== undefined) return option;
    this.fault(key, "not_an_option", `it must be one of ${options.join(", ")}`);
    return null;
  }

  list<T>(key: string, read: (json: unknown, at: string, faults: Faults) => T): T[] {
    const value = this.#take(key);
    if (value === null) return [];
    if (Array.isArray(value)) {
      return value.map((item, index) => read(item, `${this.path(key)}[${index}]`, this.faults));
    }
    this.fault(key, "not_a_list", "it must be a list");
    return [];
  }

  object<T>(key: string, read: (json: unknown, at: string, faults: Faults) => T): T {
    return this.objectOrNull(key, read) ?? read({}, this.path(key), this.faults);
  }

  objectOrNull<T>(key: string, read: (json: unknown, at: string, faults: Faults) => T): T | null {
    const value = this.#take(key);
    return value === null ? null : read(value, this.path(key), this.faults);
  }

  /** Texts by name, such as the values of dimensions: any text, an empty one too. */
  texts(
    key: string,
    fallback?: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    const value = this.#take(key) ?? fallback ?? this.#missing(key, {});
    if (!isObject(value)) {
      this.fault(key, "not_an_object", "it must be an object with a text for each name");
      return {};
    }
    const texts = Object.entries(value).map(([name, text]) => [
      name,
      text === "" ? "" : textOf(text, this.path(`${key}.${name}`), "id", this.faults),
    ]);
    return Object.fromEntries(texts) as Record<string, string>;
  }

  /** Fields that others have and this one was not asked for: what they say here has no place. Empty ones say nothing. */
  notHere(
    keys: readonly string[],
    saysNothing: (key: string, value: unknown) => boolean,
    detail: string,
  ): void {
    for (const key of keys) {
      if (this.#asked.has(key) || !Object.hasOwn(this.#fields, key)) continue;
      const value = this.#take(key);
      if (!saysNothing(key, value)) this.fault(key, "not_of_model", detail);
    }
  }

  /** What was not asked for is not known. */
  end(): void {
    for (const key of Object.keys(this.#fields)) {
      if (!this.#asked.has(key)) {
        const known = [...this.#asked].join(", ");
        this.fault(key, "unknown_field", `there is no such field here; there are ${known}`);
      }
    }
  }

  fault(key: string, reason: string, detail: string): void {
    this.faults.add(this.path(key), reason, detail);
  }

  path(key: string): string {
    return this.at === "" ? key : `${this.at}.${key}`;
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#fields, key) ? (this.#fields[key] ?? null) : null;
  }

  #missing<T>(key: string, standIn: T): T {
    this.fault(key, "missing", "it is required");
    return standIn;
  }
}

/** A text of a list or field; what is none is noted as a fault. */
export function textOf(value: unknown, at: string, rule: TextRule, faults: Faults): string {
  if (typeof value !== "string") {
    faults.add(at, "not_text", "it must be a text");
    return "";
  }
  const fault = textFault(value, rule);
  if (fault !== undefined) faults.add(at, fault.reason, fault.detail);
  return value;
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
