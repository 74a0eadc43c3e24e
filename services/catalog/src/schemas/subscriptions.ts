import { prorations } from "@tallybook/periods";
import {
  about,
  idText,
  input,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
} from "@tallybook/service";
import { maybeTime, zoneName } from "./common.ts";

const unit = oneOf("day", "week", "month", "year");
const proration = oneOf("none", ...prorations);
const month = { type: "string", pattern: "^\\d{4}-(0[1-9]|1[0-2])$" };

const anchor = named("Anchor", {
  description: "Where billing periods begin. Weekday 1 is Monday.",
  anyOf: [
    oneOf("calendar", "anniversary"),
    input({ weekday: wholeInput(1, 7) }),
    input({ day_of_month: wholeInput(1, 31) }, { month: orNull(month) }),
  ],
});

export const calendarInput = named(
  "CalendarInput",
  input(
    {},
    {
      time_zone: orNull(about("The customer's unless given.", zoneName)),
      every: orNull(wholeInput(1, 999_999)),
      unit: orNull(unit),
      anchor: orNull(anchor),
    },
  ),
);

export const subscriptionInput = named(
  "SubscriptionInput",
  input(
    { customer: idText, plan: nameText, start: time },
    {
      subscription: orNull(about("`CUSTOMER:PLAN` unless given.", idText)),
      end: about("Exclusive; open unless given.", maybeTime),
      calendar: orNull(calendarInput),
      proration: orNull(proration),
    },
  ),
);

export const subscriptionEnd = named("SubscriptionEnd", input({ end: time }));

export const subscription = named(
  "Subscription",
  output({
    subscription: text,
    customer: text,
    plan: text,
    start: time,
    end: orNull(time),
    calendar: output({ time_zone: text, every: whole(1, 999_999), unit, anchor }),
    proration,
  }),
);
