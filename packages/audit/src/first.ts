/** The first of many items, in some order, and how many there are; no more than twice as many as are wanted are ever kept. */
export interface First<Item> {
  readonly add: (item: Item) => void;
  /** In their order, as many as are wanted at most. */
  readonly items: () => readonly Item[];
  readonly count: () => number;
}

export function createFirst<Item>(max: number, compare: (a: Item, b: Item) => number): First<Item> {
  let kept: Item[] = [];
  let count = 0;
  const first = () => kept.toSorted(compare).slice(0, max);
  return {
    add(item) {
      count += 1;
      if (max === 0) return;
      kept.push(item);
      if (kept.length >= 2 * max) kept = first();
    },
    items: first,
    count: () => count,
  };
}
