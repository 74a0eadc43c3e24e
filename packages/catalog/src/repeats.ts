import type { Faults } from "./faults.ts";

/** Notes each item whose key another one before it has; null is no key. */
export function faultRepeats<T>(
  list: string,
  items: readonly T[],
  keyOf: (item: T) => string | null,
  field: string,
  faults: Faults,
): void {
  const indexByKey = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (key === null || key === "") continue;
    const first = indexByKey.get(key);
    if (first === undefined) {
      indexByKey.set(key, index);
      continue;
    }
    const at = `${list}[${index}]`;
    const detail = `${key} stands at ${list}[${first}] already; keep one of the two`;
    faults.add(field === "" ? at : `${at}.${field}`, "duplicate", detail);
  }
}
