import type { Fault } from "@tallybook/pricing";

/** A path is cut here: whoever sends a field chooses its name. */
const fieldLengthMax = 300;
/** More than anybody reads of one document. */
const faultsMax = 1_000;

/** Everything that is wrong with a document; a field is named once, by what was found first. */
export class Faults {
  readonly #faultByField = new Map<string, Fault>();

  add(path: string, reason: string, detail: string): void {
    if (this.#faultByField.size >= faultsMax) return;
    const field = path.slice(0, fieldLengthMax);
    if (!this.#isCovered(field)) this.#faultByField.set(field, { field, reason, detail });
  }

  /** In the order they were found; of very many the first ones. */
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
  return field.slice(0, Math.max(field.lastIndexOf("."), field.lastIndexOf("["), 0));
}
