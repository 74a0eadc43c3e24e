import { statuses } from "@tallybook/catalog";
import { prorations } from "@tallybook/periods";
import {
  about,
  decimal,
  decimalText,
  idText,
  input,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  wholeInput,
  yesOrNo,
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

const quantity = about("Above 0; 1 unless given.", decimal);

const addOnInput = {
  anyOf: [nameText, input({ plan: nameText }, { quantity: orNull(quantity) })],
};

/** What of a subscription can change. */
const terms = {
  quantity: orNull(quantity),
  add_ons: orNull(listOf(addOnInput)),
};

const trialInput = input(
  {},
  {
    days: orNull(about("Of 24 hours; or an end.", wholeInput(1, 999_999))),
    end: maybeTime,
    covers: orNull(about("fixed_fees unless given.", oneOf("fixed_fees", "everything"))),
  },
);

export const changeAt = about("`now` unless given; `period_end`, or a time.", {
  anyOf: [oneOf("now", "period_end"), time, { type: "null" }],
});

export const changeTime = named("ChangeTime", input({}, { at: changeAt }));

export const subscriptionChange = named(
  "SubscriptionChange",
  input(
    {},
    {
      plan: orNull(nameText),
      ...terms,
      covered: orNull(
        about("`nothing` ends a trial.", oneOf("nothing", "fixed_fees", "everything")),
      ),
      at: changeAt,
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
      ...terms,
      trial: orNull(trialInput),
      phases: orNull(listOf(input({ at: time }, { plan: orNull(nameText), ...terms }))),
    },
  ),
);

export const subscriptionEnd = named("SubscriptionEnd", input({ end: time }));

const on = {
  plan: text,
  quantity: decimalText,
  add_ons: listOf(output({ plan: text, quantity: decimalText })),
};

export const subscription = named(
  "Subscription",
  output({
    subscription: text,
    customer: text,
    ...on,
    start: time,
    end: orNull(time),
    calendar: output({ time_zone: text, every: whole(1, 999_999), unit, anchor }),
    proration,
    status: oneOf(...statuses),
    begins: about("When billing begins; null while the customer is not approved.", orNull(time)),
    timeline: listOf(
      output({
        from: time,
        to: orNull(time),
        ...on,
        paused: yesOrNo,
        covered: about("By a trial.", oneOf("nothing", "fixed_fees", "everything")),
      }),
    ),
  }),
);
