/**
 * A list of a fold's state that grows at its end, each time into a new one: an append takes constant time, and a state that
 * was handed out keeps the length it had. Lists that come from one another share their items.
 */
export class Grown<T> implements Iterable<T> {
  readonly length: number;
  readonly #items: T[];

  private constructor(items: T[], length: number) {
    this.#items = items;
    this.length = length;
  }

  static empty<T>(): Grown<T> {
    return new Grown<T>([], 0);
  }

  append(item: T): Grown<T> {
    // Only the longest may grow in place: another has gone on from this one already.
    const isLongest = this.length === this.#items.length;
    const items = isLongest ? this.#items : this.#items.slice(0, this.length);
    items.push(item);
    return new Grown(items, items.length);
  }

  findLast(holds: (item: T) => boolean): T | undefined {
    for (let at = this.length - 1; at >= 0; at -= 1) {
      const item = this.#items[at] as T;
      if (holds(item)) return item;
    }
    return undefined;
  }

  /** The items at the end for which it holds, up to the last for which it does not. */
  tail(holds: (item: T) => boolean): T[] {
    let from = this.length;
    while (from > 0 && holds(this.#items[from - 1] as T)) from -= 1;
    return this.#items.slice(from, this.length);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = 0; at < this.length; at += 1) yield this.#items[at] as T;
  }
}
