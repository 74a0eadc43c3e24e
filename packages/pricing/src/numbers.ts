import { compare, decimal, type DecimalText, readQuantity } from "@tallybook/money";
import type { Fault } from "./fault.ts";

/** What is wrong with one number. */
export function numberFaults(
  field: string,
  text: DecimalText | null,
  range: "zero_or_more" | "above_zero",
): Fault[] {
  if (text === null) return [];
  const read = readQuantity(text);
  if (!read.ok) return [{ field, reason: read.why, detail: detailByFault[read.why] }];
  if (range === "above_zero" && compare(read.value, zero) <= 0) {
    return [{ field, reason: "not_positive", detail: "it must be above zero" }];
  }
  if (compare(read.value, zero) >= 0) return [];
  return [{ field, reason: "negative", detail: "it must not be negative" }];
}

const detailByFault = {
  not_a_number: "it must be a decimal number such as 0.50",
  too_many_decimals: "it must have at most 12 decimals",
  too_large: "it must be below 1e18",
};

const zero = decimal("0");
