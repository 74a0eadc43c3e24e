import type { Random } from "@tallybook/cli";

/** One of a list. */
export function pick<T>(chance: Random, list: readonly T[]): T {
  return list[chance.below(list.length)] as T;
}

/** Stands in a text for a number that JSON.stringify cannot write. */
const rawMark = "\u2603raw:";

const numbers = [
  "1e400",
  "-1e400",
  "1e-400",
  "1e999999999999",
  "-0",
  "0.1000000000000000055511151231257827",
  "9007199254740993",
  "9".repeat(39),
  "1".repeat(401),
  `0.${"1".repeat(401)}`,
  "12345678901234567890e-10",
  "NaN",
  "Infinity",
  "01",
  "+1",
  "1.",
  "0x10",
].map((text) => rawMark + text);

const texts = [
  "",
  " ",
  "\u0000",
  "a\u001fb",
  "\u007f",
  "\u0085\u2028\u2029",
  "\ud800",
  "\udc00\ud800",
  "\u202eabc",
  "\ufeff",
  "é".repeat(300),
  "x".repeat(513),
  "x".repeat(17_000),
  "😀".repeat(200),
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "'; DROP TABLE usage_events; --",
  "{}",
  "null",
  "${x}",
  "%00%ff",
  "=1+1",
  "2023-11-01T00:10:00",
  "2023-02-30T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:60Z",
  "2023-11-01T00:10:00.000000000000000000001+23:59",
];

/** A text that somebody did not expect there. */
export function hostileText(chance: Random): string {
  return pick(chance, texts);
}

/** A value that somebody did not expect there. */
export function hostileValue(chance: Random): unknown {
  switch (chance.below(9)) {
    case 0:
      return null;
    case 1:
      return chance.below(2) === 0;
    case 2:
      return pick(chance, numbers);
    case 3:
      return [hostileText(chance), pick(chance, numbers)];
    case 4:
      return { [hostileText(chance)]: hostileText(chance) };
    case 5:
      return nested(chance);
    case 6:
      return Object.fromEntries(Array.from({ length: chance.below(150) }, (_, i) => [`p${i}`, i]));
    case 7:
      return chance.below(2 ** 31) - 2 ** 30;
    default:
      return hostileText(chance);
  }
}

function nested(chance: Random): unknown {
  const isList = chance.below(2) === 0;
  let value: unknown = 1;
  for (let depth = chance.below(60); depth > 0; depth -= 1) value = isList ? [value] : { a: value };
  return value;
}

/** A JSON text with something in it that may not be JSON any more. */
export function textSpoiled(chance: Random, text: string): string {
  const at = chance.below(text.length + 1);
  switch (chance.below(11)) {
    case 0:
      return text.replaceAll(new RegExp(`"${rawMark}([^"]*)"`, "g"), "$1");
    case 1: {
      const depth = chance.below(50) === 0 ? 100_000 : chance.below(2_000);
      return (
        text.slice(0, at) + "[".repeat(depth) + (chance.below(2) === 0 ? "]".repeat(depth) : "")
      );
    }
    case 2:
      return `\ufeff${text}`;
    case 3:
      return text.replace("{", '{"id":"first","id":"second","__proto__":{"customer":"other"},');
    case 4:
      return text.replace(/\d+/, pick(chance, numbers).slice(rawMark.length));
    case 5:
      return text.replace(/"([^"]*)"/, String.raw`"\ud800\u0000\x"`);
    case 6:
      return text.slice(0, at);
    case 7:
      return `${text}${pick(chance, ["\n", "\0", "}", text, " ".repeat(70_000)])}`;
    case 8:
      return (
        text.slice(0, at) +
        pick(chance, ["\r", "\n", "\u2028", "\\", '"', ",", "/* */"]) +
        text.slice(at)
      );
    case 9:
      return chance.below(60) === 0 ? `"${"x".repeat(5_000_000)}"` : `"${"x".repeat(70_000)}"`;
    default:
      return text.replaceAll('"', pick(chance, ["'", '""', "“"]));
  }
}

/** Bytes of which a few are others, gone, doubled or new. */
export function bytesSpoiled(chance: Random, bytes: Buffer): Buffer {
  const at = chance.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + chance.below(40));
  switch (chance.below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 3: {
      const noise = Buffer.from(
        Array.from({ length: 1 + chance.below(30) }, () => chance.below(256)),
      );
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    }
    default: {
      const copy = Buffer.from(bytes);
      for (let flips = chance.below(6); flips >= 0 && copy.length > 0; flips -= 1) {
        copy[chance.below(copy.length)] = chance.below(256);
      }
      return copy;
    }
  }
}
