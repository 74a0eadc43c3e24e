import { writeFileSync } from "node:fs";
import type { InvoiceDocument } from "@tallybook/invoice";
import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { Failure, misuse } from "../failure.ts";
import { invoicesTable, invoiceText, listDrafts, listInvoices } from "../invoices.ts";
import { patiently } from "../patiently.ts";

export const invoices: Command = {
  name: "invoices",
  summary: "Lists the invoices, drafts last, or shows one by its number or id",
  args: ["[ID]"],
  options: {
    ...deploymentOptions,
    ...jsonOption,
    html: { value: "FILE", about: "write the invoice there as a page to read and print" },
  },
  examples: [
    "npx tally invoices",
    "npx tally invoices INV-000001 --json",
    "npx tally invoices INV-000001 --html INV-000001.html",
  ],
  async run(call) {
    const [id] = call.args;
    const file = call.text("html");
    if (file !== undefined && id === undefined)
      throw misuse("tally invoices: --html is for one invoice: tally invoices ID --html FILE.");
    if (file !== undefined && call.has("json"))
      throw misuse("tally invoices: say --html or --json, not both.");
    const target = findDeployment(call);
    if (file !== undefined && id !== undefined) {
      writePage(file, await askForPage(target, id));
      call.print(`invoice ${id} is in ${file}`);
      return 0;
    }
    if (id !== undefined) {
      const one = await target.ask<InvoiceDocument>(`/v1/invoices/${encodeURIComponent(id)}`);
      if (call.has("json")) call.print(JSON.stringify(one, null, 2));
      else for (const line of invoiceText(one)) call.print(line);
      return 0;
    }
    const all = [...(await listInvoices(target)), ...(await listDrafts(target))];
    if (call.has("json")) call.print(JSON.stringify({ invoices: all }, null, 2));
    else if (all.length === 0)
      call.print("There is no invoice yet: a period is invoiced after its end.");
    else for (const line of invoicesTable(all)) call.print(line);
    return 0;
  },
};

/** Just after its start the invoicer has to read the journal first. */
function askForPage(target: Deployment, id: string): Promise<string> {
  const path = `/v1/invoices/${encodeURIComponent(id)}.html`;
  return patiently(() => target.ask<string>(path, { as: "page" }));
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`${file} cannot be written: ${reason}`);
  }
}
