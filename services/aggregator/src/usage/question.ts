import { parseTime } from "@tallybook/periods";
import type { Micros } from "@tallybook/periods";
import { Problem } from "@tallybook/service";

/** One thing that is wrong with a query. */
interface Fault {
  readonly field: string;
  readonly reason: string;
  readonly detail: string;
}

/** The parameters of a request, read one by one; `done` throws a problem with everything that is wrong. */
export interface Question {
  text(name: string): string | undefined;
  oneOf<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word;
  wholeNumber(
    name: string,
    rule: { readonly min: number; readonly max: number; readonly fallback: number },
  ): number;
  /** RFC 3339; undefined where it is not given. */
  time(name: string): Micros | undefined;
  refuse(field: string, reason: string, detail: string): void;
  /** Throws where anything was wrong, or was not asked for. */
  done(): void;
}

export function questionOf(query: unknown, prefix?: string): Question {
  const given = query as Readonly<Record<string, string | readonly string[] | undefined>>;
  const asked = new Set<string>();
  const faults: Fault[] = [];

  function refuse(field: string, reason: string, detail: string): void {
    faults.push({ field, reason, detail });
  }

  function text(name: string): string | undefined {
    asked.add(name);
    const value = given[name];
    if (value === undefined || typeof value === "string") return value;
    refuse(name, "repeated", "it stands there more than once: give it once");
    return undefined;
  }

  return {
    text,
    refuse,
    oneOf(name, words) {
      const value = text(name);
      const word = words.find((each) => each === value);
      if (value !== undefined && word === undefined)
        refuse(name, "unknown_word", `say one of ${words.join(", ")}`);
      return word ?? words[0];
    },
    wholeNumber(name, { min, max, fallback }) {
      const value = text(name);
      if (value === undefined) return fallback;
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      refuse(name, "out_of_range", `it must be a whole number from ${min} to ${max}`);
      return fallback;
    },
    time(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const read = parseTime(value);
      if (read === undefined)
        refuse(name, "no_time", "it must be RFC 3339 with a zone, such as 2026-01-01T00:00:00Z");
      return read;
    },
    done() {
      for (const name of Object.keys(given)) {
        if (asked.has(name) || (prefix !== undefined && name.startsWith(prefix))) continue;
        refuse(name, "unknown_parameter", `this route takes ${[...asked].join(", ")}`);
      }
      const [first] = faults;
      if (first === undefined) return;
      throw new Problem({
        status: 400,
        title: "Unfit request",
        detail: `${first.field}: ${first.detail}`,
        members: { errors: faults },
      });
    },
  };
}
