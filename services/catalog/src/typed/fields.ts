import { textFault } from "@tallybook/catalog";
import { amountOfNanos, decimal, type DecimalText, toText } from "@tallybook/money";
import type { Fault } from "@tallybook/pricing";
import { isJsonArray, isJsonNumber, isJsonObject, numberText, type Json } from "@tallybook/usage";

/**
 * The fields of a body of the typed API. What is asked of it is what it may hold; every answer that would not be valid is
 * noted as a fault, and something stands in for it until the faults are listed. Null and absent are the same. What nobody
 * asks for is let be: whoever wrote the body for another server may have more to say than this one reads.
 */
export class Fields {
  readonly faults: Fault[];
  readonly #at: string;
  readonly #json: { readonly [name: string]: Json };

  constructor(json: Json, faults: Fault[] = [], at = "") {
    this.faults = faults;
    this.#at = at;
    this.#json = isJsonObject(json) ? json : {};
    if (isJsonObject(json)) return;
    const detail = "it must be a JSON object, such as {}";
    faults.push({ field: at, reason: "not_an_object", detail });
  }

  /** At most 255 bytes of UTF-8, without control characters: what may stand on an invoice. */
  name(field: string): string {
    if (!this.has(field)) return this.#missing(field, "");
    const text = this.#text(field);
    if (text === null) return "";
    const fault = textFault(text, "id");
    if (fault !== undefined) this.fault(field, fault.reason, fault.detail);
    return text;
  }

  nameOrNull(field: string): string | null {
    return this.has(field) ? this.name(field) : null;
  }

  /** What only people read, of several lines too; null where it is empty. */
  prose(field: string): string | null {
    const text = this.#text(field);
    if (text === null || text === "") return null;
    const fault = textFault(text, "prose");
    if (fault !== undefined) this.fault(field, fault.reason, fault.detail);
    return text;
  }

  names(field: string): string[] {
    return this.list(field, (json, at) => {
      const fault =
        typeof json === "string"
          ? textFault(json, "id")
          : { reason: "wrong_type", detail: "it must be a text, in quotes" };
      if (fault !== undefined) this.faults.push({ field: at, ...fault });
      return typeof json === "string" ? json : "";
    });
  }

  /** One of the words, however its letters are cased and its parts are joined; null where nothing is said. */
  oneOf<Word extends string>(field: string, words: readonly Word[]): Word | null {
    const value = this.#take(field);
    if (value === null) return null;
    const word =
      typeof value === "string"
        ? words.find((each) => lettersOf(each) === lettersOf(value))
        : undefined;
    if (word !== undefined) return word;
    this.fault(field, "not_an_option", `it must be one of ${words.join(", ")}`);
    return null;
  }

  /** A whole number, as a number or its digits in quotes. */
  whole(field: string, { max }: { readonly max: number }): number | null {
    const text = this.#numberText(field);
    if (text === null) return null;
    if (/^\d{1,15}$/.test(text) && Number(text) <= max) return Number(text);
    return this.#wrong(field, null, `a whole number from 0 to ${max}`);
  }

  /** A number of units, such as where a tier ends. */
  quantity(field: string): DecimalText | null {
    const text = this.#numberText(field);
    if (text === null || /^\d{1,18}(\.\d{1,12})?$/.test(text)) return text;
    return this.#wrong(field, null, "a number such as 1000, with at most 12 decimals");
  }

  /** An amount, read from units of 1e-12; in major units. */
  nanos(field: string): DecimalText | null {
    const text = this.#numberText(field);
    if (text === null) return null;
    if (/^\d{1,30}$/.test(text)) return toText(amountOfNanos(decimal(text)));
    const detail =
      'a whole number of units of 1e-12 of the currency, in quotes: "2000000" is 0.000002';
    return this.#wrong(field, null, detail);
  }

  object(field: string): Json {
    const value = this.#take(field);
    if (value === null || isJsonObject(value)) return value;
    return this.#wrong(field, null, "an object, such as {}");
  }

  list<Item>(field: string, read: (json: Json, at: string) => Item): Item[] {
    const value = this.#take(field);
    if (value === null) return [];
    if (isJsonArray(value))
      return value.map((json, index) => read(json, `${this.path(field)}[${index}]`));
    return this.#wrong(field, [], "a list, such as []");
  }

  has(field: string): boolean {
    return this.#take(field) !== null;
  }

  require(field: string, remedy: string): void {
    if (!this.has(field)) this.fault(field, "missing", `it is required: ${remedy}`);
  }

  fault(field: string, reason: string, detail: string): void {
    this.faults.push({ field: this.path(field), reason, detail });
  }

  path(field: string): string {
    return this.#at === "" ? field : `${this.#at}.${field}`;
  }

  #take(field: string): Json {
    return Object.hasOwn(this.#json, field) ? (this.#json[field] ?? null) : null;
  }

  #text(field: string): string | null {
    const value = this.#take(field);
    if (value === null || typeof value === "string") return value;
    return this.#wrong(field, null, "a text, in quotes");
  }

  /** In plain notation; a text as it stands. */
  #numberText(field: string): string | null {
    const value = this.#take(field);
    if (value === null || typeof value === "string") return value;
    return isJsonNumber(value) ? numberText(value) : "";
  }

  #wrong<Instead>(field: string, instead: Instead, wanted: string): Instead {
    this.fault(field, "wrong_type", `it must be ${wanted}`);
    return instead;
  }

  #missing<Instead>(field: string, instead: Instead): Instead {
    this.fault(field, "missing", "it is required");
    return instead;
  }
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}
