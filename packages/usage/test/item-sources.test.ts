import fc from "fast-check";
import { expect, test } from "vitest";
import { itemSources } from "../src/doors/item-sources.ts";

test.each([
  [
    '[{"id": "1"} , "x]" ,\n1.50e3, [1,[2]], null]',
    ['{"id": "1"}', '"x]"', "1.50e3", "[1,[2]]", "null"],
  ],
  [' { "a" : {"events":[9]}, "events" : [ {"b":"}\\\\\\""} ] } ', ['{"b":"}\\\\\\""}']],
  ['{"events":[1],"ev\\u0065nts":[2],"z":[3]}', ["2"]],
  ['{"events":[1],"events":{"events":[2]}}', []],
  ["[]", []],
  ['{"events":[]}', []],
  ["{}", []],
  ['"[1]"', []],
])("the items of %s", (text, sources) => {
  expect(itemSources(text)).toEqual(sources);
});

test("each source reads as the item that JSON.parse finds there", () => {
  const space = fc.constantFrom("", " ", "\n\t");
  const document = fc
    .tuple(fc.array(fc.jsonValue()), space, fc.boolean())
    .map(([items, indent, wrapped]) => ({
      items,
      text: JSON.stringify(
        wrapped ? { note: { events: [0] }, events: items, more: 1 } : items,
        null,
        indent,
      ),
    }));
  fc.assert(
    fc.property(document, ({ items, text }) => {
      const sources = itemSources(text).map((source) => JSON.stringify(JSON.parse(source)));
      expect(sources).toEqual(items.map((item) => JSON.stringify(item)));
    }),
  );
});
