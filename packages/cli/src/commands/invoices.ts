import type { InvoiceDocument } from "@tallybook/invoice";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { invoicesTable, invoiceText, listInvoices } from "../invoices.ts";

export const invoices: Command = {
  name: "invoices",
  summary: "Lists the invoices, or shows one by its number or id",
  args: ["[ID]"],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally invoices", "npx tally invoices INV-000001 --json"],
  async run(call) {
    const target = findDeployment(call);
    const [id] = call.args;
    if (id !== undefined) {
      const one = await target.ask<InvoiceDocument>(`/v1/invoices/${encodeURIComponent(id)}`);
      if (call.has("json")) call.print(JSON.stringify(one, null, 2));
      else for (const line of invoiceText(one)) call.print(line);
      return 0;
    }
    const all = await listInvoices(target);
    if (call.has("json")) call.print(JSON.stringify({ invoices: all }, null, 2));
    else if (all.length === 0)
      call.print("There is no invoice yet: a month is invoiced after its end.");
    else for (const line of invoicesTable(all)) call.print(line);
    return 0;
  },
};
