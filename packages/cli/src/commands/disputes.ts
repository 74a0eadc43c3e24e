import { type Command, deploymentOptions, jsonOption } from "../command.ts";
import { findDeployment } from "../deployment.ts";
import { type DisputeList, type Dispute, disputesText, disputeText } from "../disputes.ts";
import { misuse } from "../failure.ts";

export const disputes: Command = {
  name: "disputes",
  summary: "Lists the disputes of invoice lines, with their rate and age",
  args: [],
  options: { ...deploymentOptions, ...jsonOption },
  examples: ["npx tally disputes"],
  async run(call) {
    const found = await findDeployment(call).ask<DisputeList>("/v1/disputes");
    if (call.has("json")) call.print(JSON.stringify(found, null, 2));
    else for (const line of disputesText(found)) call.print(line);
    return 0;
  },
};

export const disputesOpen: Command = {
  name: "disputes open",
  summary: "Opens a dispute of a line, with the line computed again from the log",
  args: ["INVOICE", "LINE"],
  options: {
    ...deploymentOptions,
    reason: { value: "TEXT", about: "what the customer says" },
    amount: { value: "MINOR", about: "the part of the line, minor units (default: all of it)" },
    ...jsonOption,
  },
  examples: ['npx tally disputes open INV-000001 2 --reason "we stopped on the 10th"'],
  async run(call) {
    const [invoice = "", line = ""] = call.args;
    if (!/^[1-9]\d{0,5}$/.test(line))
      throw misuse(
        `tally disputes open: LINE is the number of a line, from 1: \`${line}\` is not.`,
      );
    const amount = call.text("amount");
    const opened = await findDeployment(call).ask<Dispute>(
      `/v1/invoices/${encodeURIComponent(invoice)}/disputes`,
      {
        method: "POST",
        body: {
          line: Number(line),
          reason: needed(call.text("reason"), "open", "reason"),
          ...(amount === undefined ? {} : { amount }),
        },
      },
    );
    if (call.has("json")) call.print(JSON.stringify(opened, null, 2));
    else for (const text of disputeText(opened)) call.print(text);
    return 0;
  },
};

export const disputesSettle: Command = {
  name: "disputes settle",
  summary: "Settles a dispute by a correction, a credit note or a rejection",
  args: ["DISPUTE"],
  options: {
    ...deploymentOptions,
    by: { value: "OUTCOME", about: "correction, credit_note or rejection" },
    reason: { value: "TEXT", about: "why" },
    reference: { value: "ID", about: "of the correction, adjustment or credit note" },
    ...jsonOption,
  },
  examples: ['npx tally disputes settle 5a7b… --by rejection --reason "every event is in the log"'],
  async run(call) {
    const [dispute = ""] = call.args;
    const reference = call.text("reference");
    const settled = await findDeployment(call).ask<Dispute>(
      `/v1/disputes/${encodeURIComponent(dispute)}/settle`,
      {
        method: "POST",
        body: {
          outcome: needed(call.text("by"), "settle", "by"),
          reason: needed(call.text("reason"), "settle", "reason"),
          ...(reference === undefined ? {} : { reference }),
        },
      },
    );
    if (call.has("json")) call.print(JSON.stringify(settled, null, 2));
    else for (const text of disputeText(settled)) call.print(text);
    return 0;
  },
};

function needed(value: string | undefined, command: string, option: string): string {
  if (value !== undefined) return value;
  throw misuse(`tally disputes ${command}: --${option} is missing.`);
}
