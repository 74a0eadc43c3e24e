import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import {
  handOffsText,
  handOffText,
  type StripeEventList,
  stripeEventsText,
  type StripeHandOff,
  type StripeHandOffList,
} from "../stripe.ts";

export const stripe: Command = {
  name: "stripe",
  summary: "Lists invoices that Stripe collects, and how far it is",
  args: [],
  options: {
    customer: { value: "ID", about: "only this customer's" },
    status: { value: "STATUS", about: "such as waiting, handed, paid or refused" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally stripe --status refused"],
  async run(call) {
    const found = await findDeployment(call).ask<StripeHandOffList>("/v1/stripe/hand-offs", {
      query: { limit: "1000", ...given(call, ["customer", "status"]) },
    });
    show(call, found, handOffsText);
    return 0;
  },
};

export const stripeHand: Command = {
  name: "stripe hand",
  summary: "Has Stripe collect an invoice, for the first time or again",
  args: ["INVOICE"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally stripe hand INV-000001"],
  async run(call) {
    const made = await findDeployment(call).ask<StripeHandOff>(pathOf(call, "hand-to-stripe"), {
      method: "POST",
    });
    show(call, made, handOffText);
    return 0;
  },
};

export const stripeWithdraw: Command = {
  name: "stripe withdraw",
  summary: "Has Stripe collect an invoice no more",
  args: ["INVOICE"],
  options: { reason: { value: "TEXT", about: "why" }, ...deploymentOptions, ...jsonOption },
  examples: ['npx tally stripe withdraw INV-000001 --reason "paid by bank transfer"'],
  async run(call) {
    const reason = call.text("reason");
    if (reason === undefined) throw misuse("tally stripe withdraw: --reason is missing.");
    const made = await findDeployment(call).ask<StripeHandOff>(
      pathOf(call, "withdraw-from-stripe"),
      { method: "POST", body: { reason } },
    );
    show(call, made, handOffText);
    return 0;
  },
};

export const stripeEvents: Command = {
  name: "stripe events",
  summary: "Lists what Stripe has told, and which payments were recorded with it",
  args: [],
  options: {
    invoice: { value: "INVOICE", about: "only of this one, by id or number" },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ["npx tally stripe events --invoice INV-000001"],
  async run(call) {
    const found = await findDeployment(call).ask<StripeEventList>("/v1/stripe/events", {
      query: { limit: "1000", ...given(call, ["invoice"]) },
    });
    show(call, found, stripeEventsText);
    return 0;
  },
};

function pathOf(call: Call, what: string): string {
  const [invoice = ""] = call.args;
  return `/v1/invoices/${encodeURIComponent(invoice)}/${what}`;
}

function given(call: Call, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, call.text(name)] as const);
  return Object.fromEntries(
    found.filter((each): each is [string, string] => each[1] !== undefined),
  );
}

function show<Found>(call: Call, found: Found, text: (found: Found) => readonly string[]): void {
  if (call.has("json")) call.print(JSON.stringify(found, null, 2));
  else for (const line of text(found)) call.print(line);
}
