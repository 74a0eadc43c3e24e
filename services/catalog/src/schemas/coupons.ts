import {
  about,
  decimalText,
  input,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
} from "@tallybook/service";
import { changeAt } from "./subscriptions.ts";

export const couponApplication = named(
  "CouponApplication",
  input({ coupon: nameText }, { at: changeAt }),
);

export const appliedCoupon = named(
  "AppliedCoupon",
  output({
    application: text,
    coupon: text,
    version: whole(1, 1_000_000),
    customer: text,
    subscription: about("Null: all of the customer's.", orNull(text)),
    effective_at: about("The billing period that holds it is the first.", time),
    until: about("The billing period that holds it is the first without it.", orNull(time)),
    percent_off: orNull(decimalText),
    amount_off: orNull(decimalText),
    currency: orNull(text),
    duration: oneOf("once", "repeating", "forever"),
    periods: orNull(decimalText),
  }),
);
