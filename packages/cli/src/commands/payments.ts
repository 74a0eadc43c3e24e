import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { type Payment, type PaymentList, paymentsText, paymentText } from "../payments.ts";

export const payments: Command = {
  name: "payments",
  summary: "Lists what customers have paid, and what it was taken off",
  args: [],
  options: {
    customer: { value: "ID", about: "only this customer's" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally payments --customer acme"],
  async run(call) {
    const customer = call.text("customer");
    const found = await findDeployment(call).ask<PaymentList>("/v1/payments", {
      query: { limit: "1000", ...(customer === undefined ? {} : { customer }) },
    });
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of paymentsText(found)) call.print(line);
    return 0;
  },
};

export const paymentsRecord: Command = {
  name: "payments record",
  summary: "Records that a customer has paid",
  args: ["CUSTOMER"],
  options: {
    payment: { value: "ID", about: "of your own, such as the bank's: it counts once under it" },
    amount: { value: "MINOR", about: "minor units: 1250 is 12.50 USD" },
    currency: { value: "CODE", about: "the customer's" },
    invoices: { value: "A,B", about: "numbers or ids (default: whatever is open, oldest first)" },
    method: { value: "TEXT", about: "how it was paid (default: bank_transfer)" },
    reference: { value: "TEXT", about: "where it is found again" },
    "received-at": { value: "TIME", about: "when the money was there (RFC 3339; default: now)" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally payments record acme --payment 2024-17 --amount 1250 --currency USD"],
  async run(call) {
    const [customer = ""] = call.args;
    const given = {
      method: call.text("method"),
      reference: call.text("reference"),
      received_at: call.text("received-at"),
      invoices: call.text("invoices")?.split(","),
    };
    const body = {
      customer,
      payment: needed(call, "payment"),
      amount: needed(call, "amount"),
      currency: needed(call, "currency"),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    };
    show(call, await findDeployment(call).ask<Payment>("/v1/payments", { method: "POST", body }));
    return 0;
  },
};

export const paymentsReverse: Command = {
  name: "payments reverse",
  summary: "Takes back a payment that has bounced, or was none",
  args: ["PAYMENT"],
  options: {
    reason: { value: "TEXT", about: "why" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ['npx tally payments reverse 2024-17 --reason "returned by the bank"'],
  async run(call) {
    const [payment = ""] = call.args;
    const path = `/v1/payments/${encodeURIComponent(payment)}/reverse`;
    const body = { reason: needed(call, "reason") };
    show(call, await findDeployment(call).ask<Payment>(path, { method: "POST", body }));
    return 0;
  },
};

function show(call: Call, payment: Payment): void {
  if (call.has("json")) call.print(JSON.stringify(payment, null, 2));
  else for (const line of paymentText(payment)) call.print(line);
}

function needed(call: Call, option: string): string {
  const value = call.text(option);
  if (value !== undefined) return value;
  throw misuse(`tally payments: --${option} is missing.`);
}
