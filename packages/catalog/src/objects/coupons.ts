import { compare, decimal, isNegative, isZero, readQuantity } from "@tallybook/money";
import type { Entry } from "../entry.ts";
import { readCurrency } from "../read-plan.ts";
import { amountOrNull } from "../read-quantity-charge.ts";
import type { Collection } from "./collection.ts";
import { textListIn, textsIn, timeTextIn, wholeTextIn } from "./read-texts.ts";

/** Money off, by a code that customers have. */
export type Coupon = {
  readonly name: string;
  /** Of what it is taken off; null: it takes an amount off. */
  readonly percent_off: string | null;
  readonly amount_off: string | null;
  /** Of amount_off. */
  readonly currency: string | null;
  /** once: off the first invoice; repeating: off that many periods; forever. */
  readonly duration: "once" | "repeating" | "forever";
  readonly periods: string | null;
  /** Plans that it takes off; with no plans and no products, all. */
  readonly plans: readonly string[];
  /** Products whose plans it takes off. */
  readonly products: readonly string[];
  /** Exclusive; RFC 3339. */
  readonly redeem_by: string | null;
  readonly redemptions_max: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export const coupons: Collection<Coupon> = {
  collection: "coupons",
  idField: "coupon",
  idRule: "name",
  within: null,
  read(entry) {
    const percent_off = amountOrNull(entry, "percent_off");
    const amount_off = amountOrNull(entry, "amount_off");
    const duration = entry.oneOfOrNull("duration", ["once", "repeating", "forever"] as const);
    const coupon: Coupon = {
      name: entry.text("name", "id", entry.text("coupon", "name")),
      percent_off,
      amount_off,
      currency: amount_off === null ? entry.textOrNull("currency", "id") : readCurrency(entry),
      duration: duration ?? "once",
      periods: wholeTextIn(entry, "periods"),
      plans: textListIn(entry, "plans"),
      products: textListIn(entry, "products"),
      redeem_by: timeTextIn(entry, "redeem_by"),
      redemptions_max: wholeTextIn(entry, "redemptions_max"),
      metadata: textsIn(entry, "metadata"),
    };
    checkOff(entry, coupon);
    checkDuration(entry, coupon);
    return coupon;
  },
  references: ({ plans, products }) => [
    ...plans.map((id, index) => ({ field: `plans[${index}]`, collection: "plans", id })),
    ...products.map((id, index) => ({ field: `products[${index}]`, collection: "products", id })),
  ],
};

function checkOff(entry: Entry, { percent_off, amount_off, currency }: Coupon): void {
  if ((percent_off === null) === (amount_off === null)) {
    const detail = "it takes off either a percent_off or an amount_off: give one of the two";
    entry.fault("percent_off", "one_of_two", detail);
    return;
  }
  if (percent_off !== null && !isAboveZero(percent_off, "100"))
    entry.fault("percent_off", "out_of_range", "it must be above 0 and at most 100, such as 15");
  if (amount_off !== null && !isAboveZero(amount_off))
    entry.fault("amount_off", "out_of_range", "it must be a number above 0, such as 10.00");
  if (percent_off !== null && currency !== null)
    entry.fault("currency", "not_of_percent", "a percentage has no currency: leave it out");
}

function checkDuration(entry: Entry, { duration, periods }: Coupon): void {
  if (duration === "repeating" && (periods === null || periods === "0"))
    entry.fault("periods", "missing", "it is required: for how many periods it repeats, such as 3");
  if (duration !== "repeating" && periods !== null)
    entry.fault("periods", "not_of_duration", `it is taken off ${duration}: leave it out`);
}

function isAboveZero(text: string, most?: string): boolean {
  const read = readQuantity(text);
  if (!read.ok || isNegative(read.value) || isZero(read.value)) return false;
  return most === undefined || compare(read.value, decimal(most)) <= 0;
}
