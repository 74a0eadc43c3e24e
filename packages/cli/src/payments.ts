import type { Schemas } from "@tallybook/client";

import { amountText } from "./amounts.ts";
import { table } from "./table.ts";

export type Payment = Schemas["Payment"];
export type PaymentList = Schemas["PaymentList"];

export function paymentsText({ payments, next }: PaymentList): readonly string[] {
  if (payments.length === 0) return ["Nobody has paid anything yet."];
  const rows = payments.map((each) => [
    each.payment,
    each.customer,
    amountText(each.amount, each.currency),
    each.currency,
    each.received_at.slice(0, 10),
    each.settles.map(({ number }) => number).join(", "),
    each.reversed === null ? "" : `reversed: ${each.reversed.reason}`,
  ]);
  return [
    ...table(
      [
        { title: "payment" },
        { title: "customer" },
        { title: "amount", align: "right" },
        { title: "" },
        { title: "received" },
        { title: "taken off" },
        { title: "" },
      ],
      rows,
    ),
    ...(next === null ? [] : ["There are more: narrow them by --customer."]),
  ];
}

export function paymentText(of: Payment): readonly string[] {
  const { currency } = of;
  const money = (amount: string) => `${amountText(amount, currency)} ${currency}`;
  return [
    `payment ${of.payment}: ${money(of.amount)} of ${of.customer} by ${of.method}`,
    ...of.settles.map(({ number, amount }) => `  ${money(amount)} off ${number}`),
    ...(of.credited === "0" ? [] : [`  ${money(of.credited)} left, as the customer's credit`]),
    ...(of.reversed === null ? [] : [`  reversed: "${of.reversed.reason}"; it is owed again`]),
  ];
}
