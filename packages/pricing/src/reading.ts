import { type Decimal, type DecimalText, readQuantity } from "@tallybook/money";
import type { Fault } from "./fault.ts";
import { numberFaults } from "./numbers.ts";
import { zero } from "./share.ts";

/** Reads the fields of a specification, and keeps every fault with the field that it is of. */
export class Reading {
  readonly #faults: Fault[];
  readonly #at: string;

  constructor(faults: Fault[] = [], at = "") {
    this.#faults = faults;
    this.#at = at;
  }

  /** The same faults, one level deeper: `tiers[2]`. */
  within(field: string): Reading {
    return new Reading(this.#faults, this.#path(field));
  }

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** Zero where the number cannot be right; the fault is kept. */
  number(
    field: string,
    text: DecimalText,
    range: "zero_or_more" | "above_zero" | "any" = "zero_or_more",
  ): Decimal {
    const read = readQuantity(text);
    const faults =
      range === "any" && read.ok
        ? []
        : numberFaults(this.#path(field), text, range === "above_zero" ? range : "zero_or_more");
    this.#faults.push(...faults);
    return read.ok ? read.value : zero;
  }

  /** Null for what is absent. */
  optional(field: string, text: DecimalText | null | undefined): Decimal | null {
    return text === null || text === undefined ? null : this.number(field, text);
  }

  /** A whole number within bounds, both inclusive. */
  whole(field: string, number: number, from: number, to: number): number {
    if (Number.isInteger(number) && number >= from && number <= to) return number;
    this.fault(field, "out_of_range", `it must be a whole number from ${from} to ${to}`);
    return from;
  }

  fault(field: string, reason: string, detail: string): void {
    this.#faults.push({ field: this.#path(field), reason, detail });
  }

  #path(field: string): string {
    if (this.#at === "") return field;
    if (field === "") return this.#at;
    return `${this.#at}.${field}`;
  }
}
