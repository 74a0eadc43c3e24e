import type { Fault } from "@tallybook/pricing";

/** Everything that is wrong with a document; a field is named once, by what was found first. */
export class Faults {
  readonly #faultByField = new Map<string, Fault>();

  add(field: string, reason: string, detail: string): void {
    if (!this.#isCovered(field)) this.#faultByField.set(field, { field, reason, detail });
  }

  /** In the order they were found. */
  list(): Fault[] {
    return [...this.#faultByField.values()];
  }

  /** The field or what it is part of is at fault already: the rest would only follow from that. */
  #isCovered(field: string): boolean {
    for (let part = field; part !== ""; part = aroundOf(part)) {
      if (this.#faultByField.has(part)) return true;
    }
    return false;
  }
}

/** The field that one is part of; empty where it is part of none. Always shorter, whatever somebody calls a field. */
function aroundOf(field: string): string {
  const around = field.replace(/(?:\.?[^.[\]]+|\[\d+\])$/, "");
  return around.length < field.length ? around : field.slice(0, -1);
}
