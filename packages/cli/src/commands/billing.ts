import type { Adjustment, Billed } from "@tallybook/client";
import type { InvoiceDocument } from "@tallybook/invoice";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { invoiceText } from "../invoices.ts";

export const bill: Command = {
  name: "bill",
  summary: "Bills what a subscription has used so far, as a draft",
  args: ["SUBSCRIPTION"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally bill acme:ai_developer"],
  async run(call) {
    const [subscription = ""] = call.args;
    const path = `/v1/subscriptions/${encodeURIComponent(subscription)}/bill`;
    const billed = await findDeployment(call).ask<Billed>(path, { method: "POST" });
    if (call.has("json")) {
      call.print(JSON.stringify(billed, null, 2));
      return 0;
    }
    if (!billed.complete) call.print("The bill is on its way: tally invoices has it in a while.");
    else if (billed.invoices.length === 0)
      call.print(`Of ${subscription} there is nothing that no bill or draft has.`);
    for (const draft of billed.invoices) for (const line of invoiceText(draft)) call.print(line);
    return 0;
  },
};

export const adjust: Command = {
  name: "adjust",
  summary: "Puts right what was billed: an amount for a subscription's next invoice",
  args: ["SUBSCRIPTION"],
  options: {
    amount: { value: "MONEY", about: "what it is to pay besides; -12.50 gives back" },
    reason: { value: "TEXT", about: "why; it stands on the invoice" },
    at: {
      value: "TIME",
      about: "in the billing period that it is about (RFC 3339; default: now)",
    },
    ...deploymentOptions,
    ...jsonOption,
  },
  examples: ['npx tally adjust acme:ai_developer --amount=-12.50 --reason "invoiced twice"'],
  async run(call) {
    const [subscription = ""] = call.args;
    const [amount, reason, at] = [call.text("amount"), call.text("reason"), call.text("at")];
    if (amount === undefined || reason === undefined)
      throw misuse("tally adjust needs --amount and --reason: what is to be paid, and why");
    const body = { subscription, amount, reason, ...(at === undefined ? undefined : { at }) };
    const made = await findDeployment(call).ask<Adjustment>("/v1/adjustments", { body });
    const { adjustment, currency, period } = made;
    if (call.has("json")) call.print(JSON.stringify(made, null, 2));
    else
      call.print(
        `${made.amount} ${currency ?? ""} for the period ${period.from} to ${period.to}, as ${adjustment}: the next cut posts it, and the next invoice of ${subscription} has it.`,
      );
    return 0;
  },
};

export const finalize: Command = {
  name: "finalize",
  summary:
    "Gives a draft its number, if it comes out again from the log, and shows the invoice that it is then",
  args: ["ID"],
  options: {
    ...deploymentOptions,
    override: {
      value: "REASON",
      about: "finalize it although it does not come out again; the reason is written to the log",
    },
    ...jsonOption,
  },
  examples: ["npx tally finalize 5a7bd9cd1bb0e46df39bbd44dd40cc8d5e0e52a1f9bb6bd7e19d6ad7d9ba2a1f"],
  async run(call) {
    const [id = ""] = call.args;
    const path = `/v1/invoices/${encodeURIComponent(id)}/finalize`;
    const override = call.text("override");
    const invoice = await findDeployment(call).ask<InvoiceDocument>(path, {
      method: "POST",
      ...(override === undefined ? {} : { query: { override } }),
    });
    if (call.has("json")) call.print(JSON.stringify(invoice, null, 2));
    else for (const line of invoiceText(invoice)) call.print(line);
    return 0;
  },
};
