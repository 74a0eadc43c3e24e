import { add, decimal, type Decimal, type DecimalText } from "./decimal.ts";

/** A sum that grows by many small numbers. */
export interface Total {
  /** Throws a SyntaxError where the text is no plain decimal number. */
  readonly add: (text: DecimalText) => void;
  readonly value: () => Decimal;
}

const wholeDigitsMax = 15;

/** A sum of nothing yet. Whole numbers, which most usage is, are added as such while that is exact: thirty times cheaper. */
export function createTotal(): Total {
  let wholes = 0;
  let rest: Decimal | undefined;
  return {
    add(text) {
      const whole = wholeOf(text);
      const next = wholes + whole;
      if (Number.isSafeInteger(next)) wholes = next;
      else rest = rest === undefined ? decimal(text) : add(rest, decimal(text));
    },
    value() {
      const whole = decimal(String(wholes));
      return rest === undefined ? whole : add(whole, rest);
    },
  };
}

/** NaN for anything but a run of digits that a double holds exactly. */
function wholeOf(text: string): number {
  if (text.length === 0 || text.length > wholeDigitsMax) return Number.NaN;
  let number = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
