import type { Schemas } from "@tallybook/client";

import { amountText } from "./amounts.ts";
import { table } from "./table.ts";

export type StripeHandOff = Schemas["StripeHandOff"];
export type StripeHandOffList = Schemas["StripeHandOffList"];
export type StripeEventList = Schemas["StripeEventList"];

export function handOffsText({ hand_offs, next }: StripeHandOffList): readonly string[] {
  if (hand_offs.length === 0)
    return ["Nothing is handed to Stripe: stripe_accounts and stripe_customers say what is."];
  const rows = hand_offs.map((each) => [
    each.number,
    each.customer,
    amountText(each.amount, each.currency),
    each.currency,
    each.status,
    each.stripe_invoice ?? "",
    each.reason ?? "",
  ]);
  return [
    ...table(
      [
        { title: "invoice" },
        { title: "customer" },
        { title: "amount", align: "right" },
        { title: "" },
        { title: "at Stripe" },
        { title: "as" },
        { title: "" },
      ],
      rows,
    ),
    ...more(next),
  ];
}

export function handOffText(of: StripeHandOff): readonly string[] {
  const amount = `${amountText(of.amount, of.currency)} ${of.currency}`;
  return [
    `${of.number}, ${amount} of ${of.customer}: ${of.status}${of.stripe_invoice === null ? "" : ` as ${of.stripe_invoice}`}`,
    ...(of.reason === null ? [] : [`  ${of.reason}`]),
    ...(of.hosted_url === null ? [] : [`  ${of.hosted_url}`]),
  ];
}

export function stripeEventsText({ events, next }: StripeEventList): readonly string[] {
  if (events.length === 0) return ["Stripe has told nothing yet."];
  const titles = ["happened", "type", "invoice", "at Stripe", "recorded", ""];
  const rows = events.map((each) => [
    each.happened_at,
    each.type,
    each.number ?? "",
    each.stripe_invoice ?? "",
    each.payments.join(", "),
    each.detail ?? "",
  ]);
  return [
    ...table(
      titles.map((title) => ({ title })),
      rows,
    ),
    ...more(next),
  ];
}

function more(next: string | null): readonly string[] {
  return next === null ? [] : ["There are more: narrow them by an option."];
}
