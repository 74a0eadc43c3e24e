import type { Billed } from "@tallybook/client";
import type { InvoiceDocument } from "@tallybook/invoice";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
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

export const finalize: Command = {
  name: "finalize",
  summary: "Gives a draft its number, and shows the invoice that it is then",
  args: ["ID"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally finalize 5a7bd9cd1bb0e46df39bbd44dd40cc8d5e0e52a1f9bb6bd7e19d6ad7d9ba2a1f"],
  async run(call) {
    const [id = ""] = call.args;
    const path = `/v1/invoices/${encodeURIComponent(id)}/finalize`;
    const invoice = await findDeployment(call).ask<InvoiceDocument>(path, { method: "POST" });
    if (call.has("json")) call.print(JSON.stringify(invoice, null, 2));
    else for (const line of invoiceText(invoice)) call.print(line);
    return 0;
  },
};
