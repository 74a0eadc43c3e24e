import {
  about,
  decimalText,
  type Description,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";

const patience = {
  consistency: about(
    "`eventual` does not wait; `strong` unless given.",
    oneOf("strong", "eventual"),
  ),
  wait_ms: about(
    "How long the answer may wait until it is complete; 10,000 unless given.",
    whole(0, 60_000),
  ),
};

const stamp = {
  complete: about(
    "Whether everything is counted that was acknowledged before the question.",
    yesOrNo,
  ),
  complete_to: about(
    "Everything that was acknowledged before it is counted; null where nobody knows.",
    orNull(time),
  ),
  waiting_for: about("What is missing; empty where nothing is.", listOf(text)),
};

const meterUsage = named(
  "MeterUsage",
  output(
    {
      meter_id: text,
      value: about(
        "Null where the usage makes no one number, and `detail` says why.",
        orNull(decimalText),
      ),
      unit: about("A currency, or the property that is measured.", text),
    },
    { detail: text },
  ),
);

export const subscriptionUsageRoute: Description = {
  summary: "Tells what a subscription has used",
  about:
    "Everything is counted that was acknowledged before the question; the numbers are those that the invoice is going to have.",
  tag: "Usage",
  query: {
    from: about("The beginning of the billing period unless given.", time),
    to: about("Exclusive; the end of the billing period unless given.", time),
    ...patience,
  },
  answers: {
    200: named(
      "SubscriptionUsage",
      output({
        subscription: text,
        customer: text,
        period_start: time,
        period_end: about("Exclusive.", time),
        meters: about(
          "Every meter that the subscription is priced by; 0 where nothing was used.",
          listOf(meterUsage),
        ),
        ...stamp,
      }),
    ),
  },
  problems: [400, 404, 422],
};

const groupedUsage = named(
  "GroupedUsage",
  output(
    { window_start: time, window_end: about("Exclusive.", time), value: decimalText },
    {
      customer: text,
      subscription: about("As the events named it; empty where they named none.", text),
      dimensions: { type: "object", additionalProperties: text },
    },
  ),
);

export const usageRoute: Description = {
  summary: "Tells a meter's usage by windows of time and by groups",
  about:
    "What was measured, whoever is billed for it. Windows and groups without usage have no row. A parameter `dimensions.NAME` leaves usage alone of which that dimension is so.",
  tag: "Usage",
  query: {
    meter: text,
    from: time,
    to: about("Exclusive.", time),
    window: about(
      "`none` unless given; at most 1,000 windows.",
      oneOf("none", "minute", "hour", "day", "month"),
    ),
    time_zone: about("Of the IANA database; UTC unless given.", text),
    group_by: about("Up to five of customer, subscription and the meter's dimensions.", text),
    customer: text,
    subscription: text,
    limit: about("Of one page; 1,000 unless given.", whole(1, 10_000)),
    after: about("`next` of the page before.", text),
    ...patience,
  },
  needed: ["meter", "from", "to"],
  answers: {
    200: named(
      "UsageSeries",
      output({
        meter: text,
        unit: text,
        from: time,
        to: time,
        window: text,
        time_zone: text,
        group_by: listOf(text),
        usage: listOf(groupedUsage),
        next: about("For the next page; null at the end.", orNull(text)),
        ...stamp,
      }),
    ),
  },
  problems: [400, 404, 422],
};
