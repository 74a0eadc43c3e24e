import fc from "fast-check";
import { expect, test } from "vitest";
import {
  LongNumber,
  canonicalJson,
  flawOf,
  isJsonArray,
  isJsonNumber,
  numberText,
  parseJson,
  type Json,
} from "../src/json.ts";

test.each([
  ["0", "0"],
  ["-0", "0"],
  ["-0.000e5", "0"],
  ["0e999999999999", "0"],
  ["1", "1"],
  ["1.50", "1.5"],
  ["1e3", "1000"],
  ["-12.5E-1", "-1.25"],
  ["1e21", "1000000000000000000000"],
  ["1e-7", "0.0000001"],
  ["9223372036854775808", "9223372036854775808"],
  ["0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"],
  ["123456789012345.6789", "123456789012345.6789"],
  ["4.9406564584124654e-324", `0.${"0".repeat(323)}49406564584124654`],
  ["1e-320", `0.${"0".repeat(319)}1`],
  ["1e399", `1${"0".repeat(399)}`],
])("the number %s reads %s", (source, text) => {
  const read = parseJson(source);
  expect(read.ok && isJsonNumber(read.value) && numberText(read.value)).toBe(text);
});

test.each(["1e400", "-1e400", "1e-401", "1e99999999999999999999", "9".repeat(401)])(
  "the number %s is out of range",
  (source) => {
    expect(flaw(source)?.reason).toBe("number_out_of_range");
  },
);

test.each([
  "",
  "NaN",
  "Infinity",
  "+1",
  "01",
  "1.",
  ".5",
  "0x10",
  "{'a':1}",
  "[1,]",
  '{"a":1}{"a":2}',
  '"\u0000"',
  '"\n"',
  "\ufeff1",
  "undefined",
])("%j is no JSON", (text) => {
  expect(parseJson(text).ok).toBe(false);
});

test.each([
  ['{"a":[1,{"b":"\\ud800"}]}', "a[1].b", "lone_surrogate"],
  ['{"a":{"\\udc00":1}}', "a", "lone_surrogate"],
  ['{"a":{"__proto__":{"admin":true}}}', "a", "forbidden_name"],
  ['{"a":{"\\u005f_proto__":1}}', "a", "forbidden_name"],
  ['{"a":[0,1e999]}', "a[1]", "number_out_of_range"],
])("in %s the flaw is at %s: %s", (text, path, reason) => {
  expect(flaw(text)).toMatchObject({ path, reason });
});

test("32 levels are taken, the 33rd is not", () => {
  expect(flaw(nested(32))).toBeUndefined();
  expect(flaw(nested(33))?.reason).toBe("nested_too_deep");
});

test.each([10_000, 1_000_000])("%i levels do not hurt, with and without a long number", (depth) => {
  expect(flaw(nested(depth))?.reason).toBe("nested_too_deep");
  const read = parseJson(nested(depth, "12345678901234567890"));
  expect(read.ok && flawOf(read.value)?.reason).toBe("nested_too_deep");
});

test("a string of 5 MB and a number of 5 MB are read in no time", () => {
  expect(flaw(`"${"x".repeat(5_000_000)}"`)).toBeUndefined();
  expect(flaw("1".repeat(5_000_000))?.reason).toBe("number_out_of_range");
});

test("of members with the same name the last wins", () => {
  expect(canonical('{"a":1,"a":{"b":2},"a":3}')).toBe('{"a":3}');
});

test("a long number among short ones is the only one that is kept as text", () => {
  const read = parseJson('{"a":1.5,"b":12345678901234567,"c":["00000000000000000",2]}');
  expect(read).toEqual({
    ok: true,
    value: { a: 1.5, b: new LongNumber("12345678901234567"), c: ["00000000000000000", 2] },
  });
});

test("canonical JSON does not depend on order, spaces or the way a number is written", () => {
  expect(canonical('{"b":[1e2,-0],"a":{"10":null,"9":"\\u0041\\n"}}')).toBe(
    '{"a":{"10":null,"9":"A\\n"},"b":[100,0]}',
  );
});

const literal = fc
  .tuple(
    fc.constantFrom("", "-"),
    fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 0n, max: 10n ** 15n })),
    fc.option(fc.stringMatching(/^[0-9]{1,25}$/), { nil: undefined }),
    fc.option(fc.integer({ min: -350, max: 350 }), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) => {
    const e = exponent === undefined ? "" : `e${exponent}`;
    return `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${e}`;
  });

test("every number literal keeps its exact value", () => {
  fc.assert(
    fc.property(literal, (source) => {
      const read = parseJson(`[${source}]`);
      const value = read.ok && Array.isArray(read.value) ? (read.value[0] as Json) : null;
      expect(isJsonNumber(value) && numberText(value)).toBe(naiveText(source));
    }),
    { numRuns: 2000 },
  );
});

test("any JSON document reads the same as with JSON.parse, and its canonical text reads the same again", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const read = parseJson(text);
      expect(read.ok).toBe(true);
      if (!read.ok || flawOf(read.value) !== undefined) return;
      const again = canonicalJson(read.value);
      expect(JSON.parse(again)).toEqual(JSON.parse(text, withoutMinusZero));
      expect(canonical(again)).toBe(again);
    }),
    { numRuns: 500 },
  );
});

test("a long number anywhere changes nothing about how the rest is read", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom("", " ", "\n"), (text, space) => {
      const plain = parseJson(text);
      const long = `[${space}${text}${space},${space}12345678901234567890${space}]`;
      const read = parseJson(long);
      const [value] = read.ok && isJsonArray(read.value) ? read.value : [];
      expect(plain.ok && value !== undefined && flawOf(value)).toEqual(
        plain.ok && flawOf(plain.value),
      );
      if (!plain.ok || flawOf(plain.value) !== undefined) return;
      expect(canonicalJson(value ?? null)).toBe(canonicalJson(plain.value));
    }),
    { numRuns: 500 },
  );
});

test("no text makes the reader throw", () => {
  const noise = fc.array(
    fc.oneof(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "\\ud800",
        "\\u0000",
        "1e",
        "-",
        "__proto__",
      ),
      fc.string({ unit: "binary" }),
      literal,
    ),
  );
  fc.assert(
    fc.property(noise, (parts) => {
      const read = parseJson(parts.join(""));
      if (!read.ok) expect(read.why).toMatch(/^not /);
      else if (flawOf(read.value) === undefined)
        expect(parseJson(canonicalJson(read.value)).ok).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

function flaw(text: string) {
  const read = parseJson(text);
  if (!read.ok) throw new Error(read.why);
  return flawOf(read.value);
}

function canonical(text: string): string {
  const read = parseJson(text);
  if (!read.ok) throw new Error(read.why);
  return canonicalJson(read.value);
}

function withoutMinusZero(_name: string, value: unknown): unknown {
  return value === 0 ? 0 : value;
}

function nested(depth: number, core = ""): string {
  return "[".repeat(depth) + core + "]".repeat(depth);
}

/** By big integers: no regular expression and no float in common with the code under test. */
function naiveText(source: string): string {
  const [mantissa = "", e = "0"] = source.split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const shift = Number(e) - fraction.length;
  const digits = BigInt(whole + fraction) * (shift > 0 ? 10n ** BigInt(shift) : 1n);
  if (digits === 0n) return "0";
  const scale = 10n ** BigInt(Math.max(0, -shift));
  const rest = (digits % scale).toString().padStart(Math.max(0, -shift), "0").replace(/0+$/, "");
  const text = digits / scale + (shift < 0 && rest !== "" ? `.${rest}` : "");
  return source.startsWith("-") ? `-${text}` : text;
}
