import { Grown } from "@tallybook/usage";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a list that was handed out stays as it was, whatever grows from it", () => {
  fc.assert(
    // Each step goes on from any list there is.
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), (steps) => {
      const lists = [Grown.empty<number>()];
      const copies: number[][] = [[]];
      for (const [item, from] of steps.entries()) {
        const at = from % lists.length;
        lists.push((lists[at] as Grown<number>).append(item));
        copies.push([...(copies[at] ?? []), item]);
      }
      expect(lists.map((list) => [...list])).toEqual(copies);
      expect(lists.map(({ length }) => length)).toEqual(copies.map(({ length }) => length));
      const isEven = (item: number) => item % 2 === 0;
      expect(lists.map((list) => list.findLast(isEven))).toEqual(
        copies.map((copy) => copy.findLast(isEven)),
      );
      expect(lists.map((list) => list.tail(isEven))).toEqual(
        copies.map((copy) => copy.slice(copy.findLastIndex((item) => !isEven(item)) + 1)),
      );
    }),
  );
});

test("of two that go on from one list, the first grows it in place and the second has its own", () => {
  const one = Grown.empty<number>().append(1);
  const two = one.append(2);
  const three = two.append(3);
  const other = one.append(9);
  expect([one, two, three, other].map((list) => [...list])).toEqual([
    [1],
    [1, 2],
    [1, 2, 3],
    [1, 9],
  ]);
});

// Copying at each append would move twenty billion items, which takes a minute.
test("two hundred thousand appends are quick", { timeout: 5_000 }, () => {
  let list = Grown.empty<number>();
  for (let item = 0; item < 200_000; item += 1) list = list.append(item);
  expect(list.length).toBe(200_000);
});
