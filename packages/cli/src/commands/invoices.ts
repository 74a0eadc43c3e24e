import { ApiProblem } from "@tallybook/client";
import { type InvoiceDocument, readVerificationCode } from "@tallybook/invoice";
import { type Call, type Command, deploymentOptions, jsonOption } from "../command.ts";
import { type Deployment, findDeployment } from "../deployment.ts";
import { misuse } from "../failure.ts";
import { formFiles, formOptions, writeForms } from "../form-files.ts";
import { invoicesTable, invoiceText, listDrafts, listInvoices } from "../invoices.ts";

export const invoices: Command = {
  name: "invoices",
  summary: "Lists the invoices, drafts last, or shows one by its number or id",
  args: ["[ID]"],
  options: {
    ...deploymentOptions,
    ...jsonOption,
    ...formOptions,
    standing: { about: "page and PDF also say what was paid, and what is still to be paid" },
    upcoming: {
      value: "CUSTOMER",
      about: "show what the customer's next invoices stand to come to, as of the last cut",
    },
    verify: { value: "CODE", about: "find the invoice whose document has this code, to compare" },
  },
  examples: [
    "npx tally invoices",
    "npx tally invoices INV-000001 --json",
    "npx tally invoices INV-000001 --pdf INV-000001.pdf",
    "npx tally invoices --upcoming acme",
    "npx tally invoices INV-000001 --pdf reminder.pdf --standing",
    "npx tally invoices --verify 7QK4-9XWD-0RBM-ETV2",
  ],
  async run(call) {
    const [id] = call.args;
    const files = formFiles(call);
    if (files.length > 0 && id === undefined)
      throw misuse("tally invoices: a file is of one invoice: tally invoices ID --pdf FILE.");
    if (files.length > 0 && call.has("json"))
      throw misuse("tally invoices: say --json or which files to write, not both.");
    const isTold = call.has("standing");
    if (isTold && !files.some(({ form }) => form !== "csv"))
      throw misuse("tally invoices: --standing is for a page: --html FILE or --pdf FILE.");
    const target = findDeployment(call);
    const customer = call.text("upcoming");
    if (customer !== undefined) {
      if (id !== undefined || files.length > 0 || call.has("verify"))
        throw misuse("tally invoices: --upcoming CUSTOMER stands alone, or with --json.");
      return showUpcoming(call, target, customer);
    }
    const verified = call.text("verify");
    if (verified !== undefined) {
      if (id !== undefined || files.length > 0)
        throw misuse("tally invoices: --verify CODE stands alone.");
      return verify(call, target, verified);
    }
    if (files.length > 0 && id !== undefined) {
      const path = `/v1/invoices/${encodeURIComponent(id)}`;
      await writeForms(target, path, files, isTold ? await standingOf(target, path) : {});
      for (const { file } of files) call.print(`invoice ${id} is in ${file}`);
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

/** Prints what stands to be invoiced: drafts that nobody has written. */
async function showUpcoming(call: Call, target: Deployment, customer: string): Promise<number> {
  const told = await target.ask<{
    readonly complete_to: string | null;
    readonly invoices: readonly InvoiceDocument[];
    readonly parked: readonly { readonly subscription: string; readonly reason: string }[];
  }>("/v1/invoices/upcoming", { query: { customer } });
  if (call.has("json")) {
    call.print(JSON.stringify(told, null, 2));
    return 0;
  }
  call.print(
    told.complete_to === null
      ? "There was no cut yet: nothing stands to be invoiced."
      : `Provisional: if nothing is used after ${told.complete_to}.`,
  );
  for (const invoice of told.invoices)
    for (const line of ["", ...invoiceText(invoice)]) call.print(line);
  if (told.complete_to !== null && told.invoices.length === 0)
    call.print("Nothing stands to be invoiced.");
  for (const { subscription, reason } of told.parked)
    call.print(`Not on it, since it cannot be rated: ${subscription}, ${reason}`);
  return 0;
}

/** Prints the invoice of a code; 1 where there is none: then the document is not by this deployment, or was changed. */
async function verify(call: Call, target: Deployment, text: string): Promise<number> {
  const code = readVerificationCode(text);
  if (code === undefined)
    throw misuse(`tally invoices: ${text} is no code: it has 16 digits and letters.`);
  const one = await target.ask<InvoiceDocument>(`/v1/invoices/${code}`).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  });
  if (one === undefined) {
    call.print(`No invoice has the code ${code}: the document is not from here, or was changed.`);
    return 1;
  }
  if (call.has("json")) call.print(JSON.stringify(one, null, 2));
  else {
    call.print(`${code} is this invoice. Compare it with the document:`);
    for (const line of invoiceText(one)) call.print(line);
  }
  return 0;
}

/** How far it is known by now what has become of an invoice: a page that is asked for with it says so, always. */
async function standingOf(target: Deployment, path: string): Promise<Record<string, string>> {
  const { invoices_offset } = await target.ask<{ invoices_offset: number }>(`${path}/state`);
  return { invoices_offset: String(invoices_offset) };
}
